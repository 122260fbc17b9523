package org.segloss4j.bench;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.segloss4j.LossResult;

/**
 * What somebody makes of the textbook's formulas who cares: spatial axes flattened, shared products computed once, as
 * much as possible in place, logarithms only of the true class, the gradient of binary cross-entropy simplified.
 */
final class Nd4jTuned implements LossRun {

    private final Workload workload;
    private final Nd4jBlocks blocks;
    /** [N, C, S], or [N·S] for one channel. */
    private final INDArray z;
    private final INDArray g;

    Nd4jTuned(Workload workload, Nd4jBlocks blocks) {
        this.workload = workload;
        this.blocks = blocks;
        long[] shape = workload.channels() == 1 ? new long[] {workload.elements()}
                : new long[] {workload.examples(), workload.channels(), workload.pixels()};
        z = workload.logits().reshape(shape);
        g = workload.oneHot().reshape(shape);
    }

    @Override
    public LossResult run() {
        LossResult flat = workload.channels() == 1 ? sigmoid() : softmax();
        return new LossResult(flat.value(), flat.gradient().reshape(workload.shape()));
    }

    private LossResult softmax() {
        INDArray p = blocks.softmax(z);
        INDArray product = g.mul(p);
        double value = 0;
        INDArray dp = null;
        INDArray truth = workload.problem() == Problem.JACCARD ? null : product.sum(true, 1);
        if (workload.problem() != Problem.CROSS_ENTROPY) {
            RegionTable table = new RegionTable(workload.problem(), blocks.classSums(product), blocks.classSums(p),
                    blocks.classSums(g));
            value += table.value();
            dp = blocks.affine(g, table.a(), table.b());
        }
        if (truth != null) {
            PixelPart part = pixels(truth, truth.rsub(1), null);
            value += part.value();
            // The product is not needed any more.
            INDArray own = g.mul(part.slope(), product);
            dp = dp == null ? own : dp.addi(own);
        }
        return new LossResult(value, blocks.backward(z, p, dp));
    }

    private LossResult sigmoid() {
        INDArray p = Transforms.sigmoid(z, true);
        double outputs = workload.elements();
        double value = 0;
        INDArray dz = null;
        if (workload.problem() == Problem.CROSS_ENTROPY) {
            INDArray truth = g.sub(p);
            INDArray gradient = p.subi(g).divi(outputs);
            Transforms.abs(truth, false).rsubi(1);
            return new LossResult(-Transforms.log(truth, false).sumNumber().doubleValue() / outputs, gradient);
        }
        RegionTable table = new RegionTable(workload.problem(), Nd4j.getBlasWrapper().dot(g, p),
                p.sumNumber().doubleValue(), g.sumNumber().doubleValue());
        value += table.value();
        dz = g.mul(table.a()[0]).addi(table.b()[0]);
        if (workload.problem() == Problem.DICE_CE_FOCAL) {
            INDArray rest = Transforms.abs(g.sub(p), false);
            PixelPart part = pixels(rest.rsub(1), rest, g.mul(-0.5).addi(0.75));
            value += part.value();
            dz.addi(part.slope().muli(g.mul(2).subi(1)));
        }
        dz.muli(p).muli(p.rsubi(1));
        return new LossResult(value, dz);
    }

    /** Cross-entropy and, if asked for, focal loss of the truth's probability u; alpha is null for 0.25 everywhere. */
    private PixelPart pixels(INDArray u, INDArray rest, INDArray alpha) {
        double outputs = workload.elements();
        INDArray log = Transforms.log(u, true);
        double value = -log.sumNumber().doubleValue() / outputs;
        if (workload.problem() == Problem.CROSS_ENTROPY) {
            return new PixelPart(value, u.rdivi(-1 / outputs));
        }
        // With r = 1 − u: f = −α·r²·log u, f′ = α·r·(2·log u − r/u); α stands for r·α from here on.
        INDArray weighted = alpha == null ? rest.mul(0.25) : alpha.muli(rest);
        INDArray slope = u.rdiv(-1);
        rest.muli(slope);
        rest.addi(log).addi(log).muli(weighted);
        slope.addi(rest).divi(outputs);
        value += weighted.muli(u.subi(1)).muli(log).sumNumber().doubleValue() / outputs;
        return new PixelPart(value, slope);
    }

    private record PixelPart(double value, INDArray slope) {
    }
}
