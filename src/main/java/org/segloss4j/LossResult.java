package org.segloss4j;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Value and gradient of a loss.
 *
 * @param value    L
 * @param gradient dL/dpredictions, of the predictions' shape and type, in 'c' order; a new array, which belongs to the
 *                 caller and to the ND4J workspace that was open
 * @param terms    the value of each term by the name of its loss, as {@link LossValue#terms} gives it; together L
 * @since 0.1.0
 */
public record LossResult(double value, INDArray gradient, Map<String, Double> terms) {

    /**
     * Without the values of the terms.
     *
     * @param value    L
     * @param gradient dL/dpredictions
     */
    public LossResult(double value, INDArray gradient) {
        this(value, gradient, Map.of());
    }
}
