package org.segloss4j.internal.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Storage;

/**
 * The arrays of one computation, on the host or on a device. Belongs to one thread, which makes the computation, and to
 * arrays that stay reachable until its end.
 */
public interface ArrayAccess {

    /**
     * The memory of an array that is to be read, holding its present numbers.
     *
     * @param array any array that is not empty
     * @return the memory from the array's first element to its last
     * @throws IllegalStateException if ND4J has no memory for it where it is wanted
     */
    Storage reading(INDArray array);

    /**
     * The memory of an array that is to be written. Of a view, what lies around it stays as it is.
     *
     * @param array any array that is not empty
     * @return the memory from the array's first element to its last
     * @throws IllegalStateException if ND4J has no memory for it where it is wanted
     */
    Storage writing(INDArray array);

    /** Tells ND4J that what was to be written has been: other copies of it are out of date. */
    void written();
}
