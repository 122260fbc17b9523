package org.segloss4j.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.segloss4j.bench.Workload.Layout;

/** A whole training step of a small U-Net in DL4J: forwards, loss, backwards, update. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StepBenchmark {

    /** The output layer and its loss. */
    @Param
    public Head head;
    /** [N, C, H, W] of the classes. */
    @Param("4x4x64x64")
    public String shape;

    private ComputationGraph network;
    private DataSet data;
    private LongAdder output;

    /** How much of the steps the output layer takes; a part of 1. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Share {
        private long nanos;
        private long ofOutput;

        /** Begins anew. */
        @Setup(Level.Iteration)
        public void reset() {
            nanos = 0;
            ofOutput = 0;
        }

        /** The part. */
        public double outputShare() {
            return (double) ofOutput / nanos;
        }
    }

    /** Builds the network and its batch, and makes sure that it learns. */
    @Setup
    public void open() {
        Workload workload = Workload.of(Problem.CROSS_ENTROPY, shape, Layout.CHANNELS_FIRST, DataType.FLOAT);
        long[] size = workload.shape();
        TimedLayer layer = new TimedLayer(head.layer(workload.pixels(), workload.channels()));
        output = layer.nanos();
        network = SmallUNet.of(layer, (int) size[2], (int) size[3], workload.channels());
        data = new DataSet(Nd4j.rand(DataType.FLOAT, size[0], 3, size[2], size[3]),
                head.takesIndices() ? workload.labels() : workload.oneHot());
        network.fit(data);
        double before = network.score();
        for (int step = 0; step < 10; step++) {
            network.fit(data);
        }
        if (!(network.score() < before)) {
            throw new IllegalStateException(head + ": the loss was " + before + " and is " + network.score()
                    + " after ten steps on the same batch");
        }
    }

    /** One step. */
    @Benchmark
    public double step(Share share) {
        long before = output.sum();
        long begin = System.nanoTime();
        network.fit(data);
        share.nanos += System.nanoTime() - begin;
        share.ofOutput += output.sum() - before;
        return network.score();
    }
}
