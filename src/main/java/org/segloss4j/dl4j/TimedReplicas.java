package org.segloss4j.dl4j;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.replicas.Replicas;

/** Measures for how long a replica exchanges and waits. */
final class TimedReplicas implements Replicas {

    private final Replicas replicas;
    private long nanos;

    TimedReplicas(Replicas replicas) {
        this.replicas = replicas;
    }

    /** The time in all calls until now. */
    long nanos() {
        return nanos;
    }

    @Override
    public int rank() {
        return replicas.rank();
    }

    @Override
    public int size() {
        return replicas.size();
    }

    @Override
    public List<byte[]> allGather(byte[] own) {
        long begin = System.nanoTime();
        try {
            return replicas.allGather(own);
        } finally {
            nanos += System.nanoTime() - begin;
        }
    }

    @Override
    public void sum(List<INDArray> parts, INDArray result) {
        long begin = System.nanoTime();
        try {
            replicas.sum(parts, result);
        } finally {
            nanos += System.nanoTime() - begin;
        }
    }

    @Override
    public void close() {
        replicas.close();
    }
}
