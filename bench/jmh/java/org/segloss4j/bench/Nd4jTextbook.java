package org.segloss4j.bench;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.segloss4j.LossResult;

/** The formulas as they are written down: every operation makes a new array, broadcasting does the rest. */
final class Nd4jTextbook implements LossRun {

    private final Workload workload;
    private final INDArray z;
    private final INDArray g;
    private final int[] pixelAxes;

    Nd4jTextbook(Workload workload) {
        this.workload = workload;
        z = workload.logits();
        g = workload.oneHot();
        pixelAxes = new int[z.rank() - 1];
        for (int k = 1; k < pixelAxes.length; k++) {
            pixelAxes[k] = k + 1;
        }
    }

    @Override
    public LossResult run() {
        return workload.channels() == 1 ? sigmoid() : softmax();
    }

    private LossResult softmax() {
        INDArray p = Nd4j.nn().softmax(z, 1);
        INDArray dp = Nd4j.zeros(z.dataType(), 1);
        double value = 0;
        if (workload.problem() != Problem.CROSS_ENTROPY) {
            RegionTable table = new RegionTable(workload.problem(), g.mul(p).sum(pixelAxes).toDoubleVector(),
                    p.sum(pixelAxes).toDoubleVector(), g.sum(pixelAxes).toDoubleVector());
            value += table.value();
            dp = g.mul(alongChannels(table.a())).add(alongChannels(table.b()));
        }
        if (workload.problem() != Problem.JACCARD) {
            INDArray truth = g.mul(p).sum(true, 1);
            INDArray log = Transforms.log(truth, true);
            INDArray rest = truth.rsub(1);
            double outputs = workload.elements();
            value -= log.sumNumber().doubleValue() / outputs;
            INDArray slope = truth.rdiv(-1 / outputs);
            if (workload.problem() == Problem.DICE_CE_FOCAL) {
                value -= 0.25 * rest.mul(rest).mul(log).sumNumber().doubleValue() / outputs;
                slope = slope.add(rest.mul(log).mul(2).sub(rest.mul(rest).div(truth)).mul(0.25 / outputs));
            }
            dp = dp.add(g.mul(slope));
        }
        return new LossResult(value, p.mul(dp.sub(p.mul(dp).sum(true, 1))));
    }

    private LossResult sigmoid() {
        INDArray p = Transforms.sigmoid(z, true);
        INDArray dp = Nd4j.zeros(z.dataType(), 1);
        double value = 0;
        if (workload.problem() != Problem.CROSS_ENTROPY) {
            RegionTable table = new RegionTable(workload.problem(), g.mul(p).sumNumber().doubleValue(),
                    p.sumNumber().doubleValue(), g.sumNumber().doubleValue());
            value += table.value();
            dp = g.mul(table.a()[0]).add(table.b()[0]);
        }
        if (workload.problem() != Problem.JACCARD) {
            // The probability of the truth is 1 − |g − p|.
            INDArray rest = Transforms.abs(g.sub(p), true);
            INDArray truth = rest.rsub(1);
            INDArray log = Transforms.log(truth, true);
            INDArray sign = g.mul(2).sub(1);
            double outputs = workload.elements();
            value -= log.sumNumber().doubleValue() / outputs;
            INDArray slope = truth.rdiv(-1 / outputs);
            if (workload.problem() == Problem.DICE_CE_FOCAL) {
                INDArray alpha = g.mul(-0.5).add(0.75);
                value -= alpha.mul(rest.mul(rest)).mul(log).sumNumber().doubleValue() / outputs;
                slope = slope.add(rest.mul(log).mul(2).sub(rest.mul(rest).div(truth)).mul(alpha).mul(1 / outputs));
            }
            dp = dp.add(slope.mul(sign));
        }
        return new LossResult(value, p.mul(p.rsub(1)).mul(dp));
    }

    private INDArray alongChannels(double[] values) {
        long[] shape = new long[z.rank()];
        java.util.Arrays.fill(shape, 1);
        shape[1] = values.length;
        return Nd4j.createFromArray(values).castTo(z.dataType()).reshape(shape);
    }
}
