package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What visitors are shown of a batch. */
class PixelVisitorTest {

    /** Adds what it sees to arrays of the batch's size; each cell is seen once. */
    private static final class Copy implements PixelVisitor {
        private final int pixels;
        private final double[][][] seen;

        Copy(int examples, int pixels) {
            this.pixels = pixels;
            seen = new double[3][examples * pixels][];
        }

        @Override
        public void visit(long example, long pixel, double[] probabilities, double[] truth, double[] weights) {
            int at = (int) (example * pixels + pixel);
            assertThat(seen[0][at]).isNull();
            seen[0][at] = probabilities.clone();
            seen[1][at] = truth.clone();
            seen[2][at] = weights.clone();
        }
    }

    private static double[][][] seen(SegmentationBatch batch, Integer ignoreIndex, int examples, int pixels) {
        List<Copy> made = new ArrayList<>();
        List<Copy> copies = batch.forEachPixel(ignoreIndex, () -> {
            Copy copy = new Copy(examples, pixels);
            synchronized (made) {
                made.add(copy);
            }
            return copy;
        });
        assertThat(copies).hasSameElementsAs(made);
        double[][][] all = new double[3][examples * pixels][];
        for (Copy copy : copies) {
            for (int k = 0; k < all.length; k++) {
                for (int at = 0; at < all[k].length; at++) {
                    if (copy.seen[k][at] != null) {
                        assertThat(all[k][at]).isNull();
                        all[k][at] = copy.seen[k][at];
                    }
                }
            }
        }
        return all;
    }

    @Test
    void everyPixelIsSeenOnceWithItsProbabilities() {
        INDArray logits = Nd4j.rand(DataType.FLOAT, 2, 3, 70, 130).muli(8).subi(4);
        INDArray labels = Nd4j.zeros(DataType.INT32, 2, 70, 130);
        labels.putScalar(new int[] {1, 69, 129}, 2);
        double[][][] seen = seen(SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX),
                null, 2, 70 * 130);
        for (int at = 0; at < 2 * 70 * 130; at++) {
            double sum = 0;
            double[] z = new double[3];
            for (int c = 0; c < 3; c++) {
                z[c] = Math.exp(logits.getDouble(at / 9100, c, at % 9100 / 130, at % 130));
                sum += z[c];
            }
            for (int c = 0; c < 3; c++) {
                assertThat(seen[0][at][c]).isCloseTo(z[c] / sum, within(1e-12));
                assertThat(seen[1][at][c]).isEqualTo(c == (at == 2 * 9100 - 1 ? 2 : 0) ? 1 : 0);
                assertThat(seen[2][at][c]).isEqualTo(1);
            }
        }
    }

    @Test
    void voidPixelsAreNotSeen() {
        INDArray predictions = Nd4j.createFromArray(0.1f, 0.2f, 0.3f, 0.4f).reshape(2, 1, 2);
        INDArray labels = Nd4j.createFromArray(0, 255, 1, 1).reshape(2, 2);
        INDArray mask = Nd4j.createFromArray(1f, 1f, 0f, 0.5f).reshape(2, 2);
        double[][][] seen = seen(SegmentationBatch.predictions(predictions).labels(labels).mask(mask), 255, 2, 2);
        assertThat(seen[0][0]).containsExactly(0.1f);
        assertThat(seen[0][1]).isNull();
        assertThat(seen[0][2]).isNull();
        assertThat(seen[0][3]).containsExactly(0.4f);
        assertThat(seen[2][3]).containsExactly(0.5);
    }

    @Test
    void anyActivationIsApplied() {
        INDArray logits = Nd4j.createFromArray(0f, 1f).reshape(1, 1, 2);
        double[][][] seen = seen(SegmentationBatch.predictions(logits).labels(Nd4j.zeros(1, 1, 2))
                .activation(new ActivationHardSigmoid()), null, 1, 2);
        assertThat(seen[0][0]).containsExactly(0.5);
        assertThat(seen[0][1][0]).isCloseTo(0.7, within(1e-6));
    }

    @Test
    void badInputIsNamed() {
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.valueArrayOf(new long[] {1, 2, 3}, Float.NaN))
                .labels(Nd4j.zeros(DataType.INT32, 1, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> batch.forEachPixel(null, () -> new Copy(1, 3)))
                .withMessageContaining("3 predictions are not a number; the first is NaN at example 0, pixel 0");
    }

    @Test
    void numbersAreRoundedToThePredictionsType() {
        INDArray labels = Nd4j.zeros(1, 1, 1);
        assertThat(SegmentationBatch.predictions(labels.castTo(DataType.FLOAT)).labels(labels).rounded(0.3))
                .isEqualTo(0.3f);
        assertThat(SegmentationBatch.predictions(labels.castTo(DataType.DOUBLE)).labels(labels).rounded(0.3))
                .isEqualTo(0.3);
    }
}
