package org.segloss4j.internal.nd4j;

import java.util.function.ToLongFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What the address is that a version of ND4J gives for a view: releases differ, and none says so. */
enum ViewOffset {

    /** That of the view's first element. */
    INCLUDED,
    /** That of the memory of which the view shows a part. */
    LEFT_OUT;

    private static final int ELEMENTS = 8;
    private static final int BEGIN = 3;

    /**
     * Compares the address of a view with that of the array of which it is a part.
     *
     * @param address gives ND4J's address of an array
     * @param what    which address that is, for the message
     * @throws IllegalStateException if it is neither
     */
    @SuppressWarnings("try")
    static ViewOffset of(ToLongFunction<INDArray> address, String what) {
        // A workspace that happens to be open is none of our business.
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray whole = Nd4j.create(DataType.FLOAT, ELEMENTS);
            INDArray view = whole.get(NDArrayIndex.interval(BEGIN, ELEMENTS));
            long distance = address.applyAsLong(view) - address.applyAsLong(whole);
            long expected = (long) BEGIN * DataType.FLOAT.width();
            if (distance == expected) {
                return INCLUDED;
            }
            if (distance == 0 && view.offset() == BEGIN) {
                return LEFT_OUT;
            }
            throw new IllegalStateException("this version of ND4J is not understood: the " + what + " of a view that"
                    + " begins " + expected + " bytes behind its array, with an offset() of " + view.offset()
                    + ", lies " + distance + " bytes behind the array's, which should be " + expected
                    + ", or 0 with an offset() of " + BEGIN);
        }
    }

    /** The address of an array's first element, of the one that ND4J gives. */
    long firstElement(long address, INDArray array) {
        return this == INCLUDED ? address : address + array.offset() * array.dataType().width();
    }

    /** Finds out once, when it is first needed; a failure is no answer. */
    static final class Once {

        private final ToLongFunction<INDArray> address;
        private final String what;
        private volatile ViewOffset found;

        Once(ToLongFunction<INDArray> address, String what) {
            this.address = address;
            this.what = what;
        }

        /** The address of an array's first element. */
        long firstElement(INDArray array) {
            return firstElement(address.applyAsLong(array), array);
        }

        /** The same of the address that ND4J has given for it. */
        long firstElement(long given, INDArray array) {
            ViewOffset convention = found;
            if (convention == null) {
                convention = of(address, what);
                found = convention;
            }
            return convention.firstElement(given, array);
        }
    }
}
