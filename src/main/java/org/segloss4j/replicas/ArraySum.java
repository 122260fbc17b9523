package org.segloss4j.replicas;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The arrays that a thread adds to a sum, and where it wants the sum. Each thread adds up one slice of the elements of
 * all arrays and writes it to the results of all threads, so a result may be one of the parts: nobody else reads or
 * writes that slice.
 *
 * @param parts  to be added
 * @param result receives the sum
 */
record ArraySum(List<INDArray> parts, INDArray result) {

    /** Elements that are added at a time: few enough to stay in a core's cache. */
    private static final long BLOCK = 1 << 15;

    /** Throws what is wrong with the arrays of all replicas, the same in each thread. */
    static void check(List<ArraySum> all) {
        INDArray first = all.get(0).result;
        boolean hasPart = false;
        for (int rank = 0; rank < all.size(); rank++) {
            check(first, rank, "result", all.get(rank).result);
            for (INDArray part : all.get(rank).parts) {
                check(first, rank, "part", part);
                hasPart = true;
            }
        }
        if (!hasPart) {
            throw new ReplicaException("no replica has an array to add");
        }
    }

    private static void check(INDArray first, int rank, String role, INDArray array) {
        if (array.dataType() != DataType.FLOAT && array.dataType() != DataType.DOUBLE) {
            throw new ReplicaException("replica " + rank + " has a " + role + " of " + array.dataType()
                    + ", but only FLOAT and DOUBLE are added");
        }
        if (array.isEmpty()) {
            throw new ReplicaException("replica " + rank + " has a " + role + " that is empty");
        }
        if (!isRowMajor(array)) {
            throw new ReplicaException("replica " + rank + " has a " + role + " whose elements do not lie one after the"
                    + " other in row-major order: " + Arrays.toString(array.shape()) + " with strides "
                    + Arrays.toString(array.stride()));
        }
        if (array.length() != first.length() || array.dataType() != first.dataType()) {
            throw new ReplicaException("replica " + rank + " has a " + role + " of " + array.length() + " "
                    + array.dataType() + ", but replica 0 has a result of " + first.length() + " "
                    + first.dataType());
        }
    }

    /** Whether the elements lie one after the other, so that those of two arrays at the same place belong together. */
    static boolean isRowMajor(INDArray array) {
        long dense = 1;
        for (int axis = array.rank() - 1; axis >= 0; axis--) {
            if (array.size(axis) > 1 && array.stride(axis) != dense) {
                return false;
            }
            dense *= array.size(axis);
        }
        return true;
    }

    /** Adds up the slice of a rank. */
    @SuppressWarnings("try") // What is open here needs no name.
    static void addSlice(List<ArraySum> all, int rank) {
        // A trainer's workspace is no place for what is gone at the end of this call.
        try (MemoryWorkspace none = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            add(all, rank);
        }
    }

    private static void add(List<ArraySum> all, int rank) {
        List<INDArray> parts = all.stream().flatMap(one -> one.parts.stream()).map(ArraySum::flat).toList();
        List<INDArray> results = all.stream().map(one -> flat(one.result)).toList();
        long length = results.get(0).length();
        long end = slice(length, rank + 1, all.size());
        for (long from = slice(length, rank, all.size()); from < end; from += BLOCK) {
            long to = Math.min(end, from + BLOCK);
            INDArray sum = elements(parts.get(0), from, to).dup();
            for (INDArray part : parts.subList(1, parts.size())) {
                sum.addi(elements(part, from, to));
            }
            for (INDArray result : results) {
                elements(result, from, to).assign(sum);
            }
        }
    }

    private static long slice(long length, int rank, int size) {
        return length / size * rank + length % size * rank / size;
    }

    private static INDArray flat(INDArray array) {
        return array.reshape(array.ordering(), new long[] {array.length()});
    }

    private static INDArray elements(INDArray flat, long from, long to) {
        return flat.get(NDArrayIndex.interval(from, to));
    }
}
