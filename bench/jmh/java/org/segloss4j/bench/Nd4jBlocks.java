package org.segloss4j.bench;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.api.ops.impl.transforms.gradient.SoftmaxBp;
import org.nd4j.linalg.factory.Nd4j;

/** The steps of a loss on arrays [N, C, S] for which ND4J has more than one way. */
abstract class Nd4jBlocks {

    /** Softmax over the channels. */
    final INDArray softmax(INDArray z) {
        INDArray p = Nd4j.createUninitialized(z.dataType(), z.shape());
        Nd4j.exec(new SoftMax(z, p, 1));
        return p;
    }

    /** Sums over examples and pixels, [C]. */
    abstract double[] classSums(INDArray x);

    /** a·g + b per class, in a new array. */
    abstract INDArray affine(INDArray g, double[] a, double[] b);

    /** dL/dz from dL/dp; may write over dp. */
    abstract INDArray backward(INDArray z, INDArray p, INDArray dp);

    /** ND4J's reductions along axes and its broadcasting. */
    static final class Broadcasts extends Nd4jBlocks {

        @Override
        double[] classSums(INDArray x) {
            return x.sum(0, 2).toDoubleVector();
        }

        @Override
        INDArray affine(INDArray g, double[] a, double[] b) {
            return g.mul(row(a).reshape(1, a.length, 1)).addi(row(b).reshape(1, b.length, 1));
        }

        @Override
        INDArray backward(INDArray z, INDArray p, INDArray dp) {
            INDArray dz = Nd4j.createUninitialized(p.dataType(), p.shape());
            Nd4j.exec(new SoftmaxBp(z, dp, dz, 1));
            return dz;
        }

        private static INDArray row(double[] values) {
            return Nd4j.createFromArray(values).castTo(DataType.FLOAT);
        }
    }

    /** Sums as products of the matrix [N·C, S] with a vector of ones, and vectors along its rows. */
    static final class Blas extends Nd4jBlocks {

        private INDArray ones;

        @Override
        double[] classSums(INDArray x) {
            long pixels = x.size(2);
            if (ones == null || ones.length() != pixels) {
                ones = Nd4j.ones(x.dataType(), pixels, 1).detach();
            }
            return x.reshape(-1, pixels).mmul(ones).reshape(x.size(0), x.size(1)).sum(0).toDoubleVector();
        }

        @Override
        INDArray affine(INDArray g, double[] a, double[] b) {
            INDArray result = g.reshape(-1, g.size(2)).mulColumnVector(column(a, g.size(0)));
            return result.addiColumnVector(column(b, g.size(0))).reshape(g.shape());
        }

        @Override
        INDArray backward(INDArray z, INDArray p, INDArray dp) {
            INDArray mean = p.mul(dp).sum(true, 1);
            return dp.subi(mean).muli(p);
        }

        private static INDArray column(double[] values, long examples) {
            float[] column = new float[(int) examples * values.length];
            for (int k = 0; k < column.length; k++) {
                column[k] = (float) values[k % values.length];
            }
            return Nd4j.createFromArray(column).reshape(-1, 1);
        }
    }
}
