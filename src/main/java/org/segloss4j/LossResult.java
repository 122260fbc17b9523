package org.segloss4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Value and gradient of a loss.
 *
 * @param value    L
 * @param gradient dL/dpredictions, of the predictions' shape and type, in 'c' order; a new array, which belongs to the
 *                 caller and to the ND4J workspace that was open
 * @since 0.1.0
 */
public record LossResult(double value, INDArray gradient) {
}
