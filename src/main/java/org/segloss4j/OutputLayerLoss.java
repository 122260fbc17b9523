package org.segloss4j;

import java.util.Arrays;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.nd4j.RowOrder;

/**
 * A loss as DL4J's output layers call it: with arrays of rank 2 whose rows may be pixels, and with a gradient that DL4J
 * divides by the number of examples. On a thread of an {@link ExchangeScope} the batch is a part of a larger one.
 */
final class OutputLayerLoss {

    private final SegmentationLoss loss;

    OutputLayerLoss(SegmentationLoss loss) {
        this.loss = loss;
    }

    double score(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        SegmentationBatch batch = batch(labels, preOutput, activation, mask);
        ExchangeScope scope = ExchangeScope.current();
        double value = scope == null ? loss.value(batch) : scope.value(loss, batch);
        return average ? value : value * batch.examples();
    }

    INDArray scores(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        double[] values = loss.valuePerExample(batch(labels, preOutput, activation, mask));
        RowOrder rows = rows(preOutput);
        INDArray scores = Nd4j.createUninitialized(preOutput.dataType(),
                new long[] {values.length * rows.perExample(), 1}, 'c');
        for (long row = 0; row < scores.length(); row++) {
            scores.putScalar(row, 0, values[rows.example(row, values.length)] / rows.perExample());
        }
        return scores;
    }

    Pair<Double, INDArray> gradientAndScore(INDArray labels, INDArray preOutput, IActivation activation,
                                            INDArray mask, boolean average) {
        SegmentationBatch batch = batch(labels, preOutput, activation, mask);
        LossCall call = loss.call(batch);
        INDArray gradient = call.newGradient();
        ExchangeScope scope = ExchangeScope.current();
        double value = scope == null ? call.valueAndGradient(batch.examples(), gradient)
                : scope.rememberedValueAndGradient(loss, batch, call, gradient);
        return Pair.of(average ? value : value * batch.examples(), gradient);
    }

    private SegmentationBatch batch(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return SegmentationBatch.predictions(preOutput).labels(labels).activation(activation).mask(mask)
                .rows(rows(preOutput));
    }

    /** How rows make up examples. Below a layer of pixels, silence would make score and step H·W times too large. */
    private RowOrder rows(INDArray preOutput) {
        if (preOutput.rank() != 2) {
            return RowOrder.EXAMPLES;
        }
        RowOrder rows = loss.definition().rows();
        if (rows == null) {
            throw new IllegalArgumentException(loss.name() + " of predictions " + Arrays.toString(preOutput.shape())
                    + " needs to know how many rows are one example: set pixelsPerExample, to H·W below a CnnLossLayer"
                    + " and to 1 below an OutputLayer, or timeSteps below a recurrent layer");
        }
        return rows;
    }
}
