package org.segloss4j;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.nd4j.Rows;

/**
 * The dialect of ND4J's loss functions: DL4J divides score and gradient by the number of examples, so both are
 * multiplied by it here.
 */
abstract class LossFunction extends LossComputation implements ILossFunction {

    private static final long serialVersionUID = 1L;

    /** How rows of an array of rank 2 make up examples. */
    abstract Rows rows();

    @Override
    public double computeScore(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask,
                               boolean average) {
        SegmentationBatch batch = batch(labels, preOutput, activationFn, mask);
        double value = value(batch);
        return average ? value : value * batch.examples();
    }

    /**
     * The loss of each example by itself, spread evenly over its rows.
     *
     * @return [rows, 1]; the rows of an example add up to its loss
     */
    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask) {
        double[] values = valuePerExample(batch(labels, preOutput, activationFn, mask));
        Rows rows = preOutput.rank() == 2 ? rows() : Rows.EXAMPLES;
        INDArray scores = Nd4j.createUninitialized(preOutput.dataType(),
                new long[] {values.length * rows.perExample(), 1}, 'c');
        for (long row = 0; row < scores.length(); row++) {
            scores.putScalar(row, 0, values[rows.example(row, values.length)] / rows.perExample());
        }
        return scores;
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask) {
        return computeGradientAndScore(labels, preOutput, activationFn, mask, false).getSecond();
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(INDArray labels, INDArray preOutput,
                                                          IActivation activationFn, INDArray mask, boolean average) {
        SegmentationBatch batch = batch(labels, preOutput, activationFn, mask);
        LossCall call = new LossCall(spec(), batch);
        INDArray gradient = call.newGradient();
        double value = call.valueAndGradient(batch.examples(), gradient);
        return Pair.of(average ? value : value * batch.examples(), gradient);
    }

    private SegmentationBatch batch(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return SegmentationBatch.of(labels, preOutput).activation(activation).mask(mask)
                .rows(rows());
    }
}
