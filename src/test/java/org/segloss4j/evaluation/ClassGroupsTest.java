package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.JavaSerialisation;
import org.segloss4j.Losses;
import org.segloss4j.Metrics;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.evaluation.SurfaceEvaluation.Metric;

/** Groups of classes are scored as if the masks told a group from the rest and nothing else. */
class ClassGroupsTest {

    private static final int CLASSES = 4;
    private static final int SIDE = 12;
    private static final IntUnaryOperator ALL = IntUnaryOperator.identity();
    /** Whole tumour, tumour core, and a single class. */
    private static final int[][] GROUPS = {{1, 2, 3}, {3, 1}, {2}};

    private static int[] classes(long seed) {
        // Blocks, so that surfaces are some.
        int[] coarse = new Random(seed).ints(2 * 16, 0, CLASSES).toArray();
        int[] all = new int[2 * SIDE * SIDE];
        for (int k = 0; k < all.length; k++) {
            int y = k / SIDE % SIDE;
            all[k] = coarse[k / (SIDE * SIDE) * 16 + y / 3 * 4 + k % SIDE / 3];
        }
        return all;
    }

    private static INDArray indices(long seed, IntUnaryOperator of) {
        int[] all = classes(seed);
        for (int k = 0; k < all.length; k++) {
            all[k] = of.applyAsInt(all[k]);
        }
        return Nd4j.createFromArray(all).reshape(2, SIDE, SIDE);
    }

    private static INDArray oneHot(long seed, int channels, IntUnaryOperator of) {
        INDArray classes = indices(seed, of);
        INDArray all = Nd4j.create(DataType.FLOAT, 2, channels, SIDE, SIDE);
        for (int n = 0; n < 2; n++) {
            for (int k = 0; k < SIDE * SIDE; k++) {
                all.putScalar(new int[] {n, classes.getInt(n, k / SIDE, k % SIDE), k / SIDE, k % SIDE}, 1);
            }
        }
        return all;
    }

    private static IntUnaryOperator in(int... group) {
        return c -> {
            for (int member : group) {
                if (member == c) {
                    return 1;
                }
            }
            return 0;
        };
    }

    @Test
    void ofADataSet() {
        SegmentationEvaluation all = new SegmentationEvaluation(CLASSES).ignoreIndex(255).classGroups(GROUPS);
        all.eval(indices(1, ALL), oneHot(2, CLASSES, ALL));
        double iou = 0;
        double dice = 0;
        for (int k = 0; k < GROUPS.length; k++) {
            SegmentationEvaluation expected = new SegmentationEvaluation(2);
            expected.eval(indices(1, in(GROUPS[k])), oneHot(2, 2, in(GROUPS[k])));
            assertThat(all.group(k).confusion()).isEqualTo(expected.confusion());
            assertThat(all.group(k).mcc(1)).isEqualTo(expected.mcc(1));
            iou += expected.iou(1) / 3;
            dice += expected.dice(1) / 3;
            assertThat(all.stats()).containsPattern("group " + all.groupNames().get(k).replace("+", "\\+") + " +"
                    + AlignedText.number(expected.iou(1)) + " +" + AlignedText.number(expected.dice(1)) + " +"
                    + AlignedText.number(expected.precision(1)) + " +" + AlignedText.number(expected.recall(1)) + " +"
                    + (expected.count(1, 0) + expected.count(1, 1)) + " +"
                    + (expected.count(0, 1) + expected.count(1, 1)) + "\n");
        }
        assertThat(all.getValue(SegmentationEvaluation.Metric.MEAN_GROUP_IOU)).isCloseTo(iou, offset(1e-12));
        assertThat(all.getValue(SegmentationEvaluation.Metric.MEAN_GROUP_DICE)).isCloseTo(dice, offset(1e-12));
        assertThat(all.groupNames()).containsExactly("1+2+3", "3+1", "2");
    }

    @Test
    void groupsOfADataSetAreKeptAndDoNotHinderMerging() {
        SegmentationEvaluation all = new SegmentationEvaluation(CLASSES)
                .classNames(List.of("healthy", "core", "edema", "enhancing")).classGroups(GROUPS);
        assertThat(all.groupNames()).containsExactly("core+edema+enhancing", "enhancing+core", "edema");
        all.groupNames(List.of("whole", "tumour core", "edema alone"));
        SegmentationEvaluation part = new SegmentationEvaluation(CLASSES);
        part.eval(indices(1, ALL), oneHot(2, CLASSES, ALL));
        all.merge(part);
        assertThat(all.group(0).total()).isEqualTo(2 * SIDE * SIDE);
        assertThat(SegmentationEvaluation.fromJson(all.toJson(), SegmentationEvaluation.class)).isEqualTo(all);
        assertThat(JavaSerialisation.roundTrip(all)).isEqualTo(all);
        assertThat(all.newInstance().groupNames()).isEqualTo(all.groupNames());
        assertThat(part).isNotEqualTo(all);
        assertThat(part.toJson()).doesNotContain("roup");
        assertThat(part.meanGroupIou()).isNaN();
    }

    @Test
    void ofEachImage() {
        OutcomeEvaluation all = OutcomeEvaluation.multiClass(CLASSES).classGroups(GROUPS)
                .classNames(List.of("whole", "core", "edema"));
        all.eval(indices(1, ALL), oneHot(2, CLASSES, ALL));
        assertThat(all.classes()).isEqualTo(3);
        assertThat(all.channels()).isEqualTo(CLASSES);
        OutcomeMetric dice = OutcomeMetric.f1();
        for (int k = 0; k < GROUPS.length; k++) {
            OutcomeEvaluation expected = OutcomeEvaluation.multiClass(2);
            expected.eval(indices(1, in(GROUPS[k])), oneHot(2, 2, in(GROUPS[k])));
            assertThat(all.perClass(dice)[k]).isEqualTo(expected.perClass(dice)[1]);
            for (int image = 0; image < 2; image++) {
                assertThat(all.scores(dice)[image][k]).isEqualTo(expected.scores(dice)[image][1]);
                assertThat(all.trueNegatives(image, k)).isEqualTo(expected.trueNegatives(image, 1));
            }
        }
        assertThat(all.stats()).contains("whole", "core", "edema");
        assertThat(OutcomeEvaluation.fromJson(all.toJson(), OutcomeEvaluation.class)).isEqualTo(all);
        OutcomeEvaluation merged = (OutcomeEvaluation) JavaSerialisation.roundTrip(all.newInstance());
        merged.merge(all);
        assertThat(merged).isEqualTo(all);
        assertThatIllegalArgumentException().isThrownBy(() -> OutcomeEvaluation.multiClass(CLASSES).merge(all))
                .withMessageContaining("classGroups [[1, 2, 3], [3, 1], [2]]");
        assertThatIllegalArgumentException().isThrownBy(() -> all.classGroups(GROUPS))
                .withMessage("2 images were counted before classGroups was set");
        assertThatIllegalArgumentException().isThrownBy(() -> all.generalisedDice(DiceWeights.UNIFORM, false))
                .withMessageContaining("leave the background out of the groups");
    }

    /** The sweep of a loss leaves them to the evaluation. */
    @Test
    void ofEachImageByTheWayOfALoss() {
        SegmentationBatch batch = SegmentationBatch.predictions(oneHot(2, CLASSES, ALL))
                .labels(indices(1, ALL)).activation(Activation.SOFTMAX);
        OutcomeEvaluation byTheWay = OutcomeEvaluation.multiClass(CLASSES).classGroups(GROUPS);
        OutcomeEvaluation alone = byTheWay.newInstance();
        Losses.dice().valueAndGradient(batch, byTheWay);
        alone.eval(batch);
        assertThat(byTheWay).isEqualTo(alone);
    }

    @Test
    void ofSurfaces() {
        SurfaceEvaluation all = new SurfaceEvaluation(CLASSES).ignoreIndex(255).classGroups(GROUPS).tolerance(1, 2, 3);
        INDArray truth = indices(1, ALL);
        truth.putScalar(new int[] {0, 3, 4}, 255);
        all.evalIndices(truth, indices(2, ALL));
        for (int k = 0; k < GROUPS.length; k++) {
            SurfaceEvaluation expected = new SurfaceEvaluation(2).ignoreIndex(255).tolerance(k + 1);
            INDArray ofGroup = indices(1, in(GROUPS[k]));
            ofGroup.putScalar(new int[] {0, 3, 4}, 255);
            expected.evalIndices(ofGroup, indices(2, in(GROUPS[k])));
            for (Metric metric : Metric.values()) {
                assertThat(all.mean(metric, k)).as(metric + " of group " + k).isEqualTo(expected.mean(metric, 1));
            }
            assertThat(all.images(k)).isEqualTo(2);
        }
        assertThat(all.stats()).startsWith("group ").contains("\n2 ").doesNotContain("\n3 ");
        assertThat(SurfaceEvaluation.fromJson(all.toJson(), SurfaceEvaluation.class)).isEqualTo(all);
        SurfaceEvaluation merged = (SurfaceEvaluation) JavaSerialisation.roundTrip(all.newInstance());
        merged.merge(all);
        assertThat(merged).isEqualTo(all);
        assertThatIllegalArgumentException().isThrownBy(() -> all.mean(Metric.HAUSDORFF, 3))
                .withMessage("group 3 is outside 0..2");
        assertThatIllegalArgumentException().isThrownBy(() -> new SurfaceEvaluation(CLASSES).includeBackground(false)
                .classGroups(GROUPS)).withMessageContaining("leave the background out of the groups");
    }

    /** Of one batch, where the score of probabilities is 1 less the loss. */
    @Test
    void ofABatch() {
        SegmentationBatch batch = SegmentationBatch.predictions(oneHot(2, CLASSES, ALL))
                .labels(indices(1, ALL)).activation(Activation.SOFTMAX);
        assertThat(Metrics.fScore(1).classGroups(GROUPS).classWeights(1, 2, 0.5).perImage(true).value(batch))
                .isCloseTo(1 - Losses.dice().classGroups(GROUPS).classWeights(1, 2, 0.5).perImage(true).value(batch),
                        offset(1e-6));
        assertThat(Metrics.iou().classGroups(GROUPS).scores(batch)[0]).hasSize(3);
        assertThat(JavaSerialisation.roundTrip(Metrics.iou().classGroups(GROUPS)))
                .isEqualTo(Metrics.iou().classGroups(GROUPS)).isNotEqualTo(Metrics.iou());
        assertThatIllegalArgumentException().isThrownBy(() -> Metrics.iou().threshold(0.5).classGroups(GROUPS))
                .withMessageStartingWith("threshold is 0.5, which is compared with each class");
        assertThatIllegalArgumentException().isThrownBy(() -> Metrics.iou().classGroups())
                .withMessage("classGroups must hold at least one group");
        assertThatIllegalArgumentException().isThrownBy(() -> Metrics.iou().includeBackground(false)
                .classGroups(GROUPS)).withMessageContaining("leave the background out of the groups");
        assertThatIllegalArgumentException().isThrownBy(() -> Metrics.iou().classGroups(new int[] {1, 4}).value(batch))
                .withMessage("a group of classes holds 4, but the predictions have only 4 channels");
    }

    @Test
    void badGroupsAreNamed() {
        SegmentationEvaluation all = new SegmentationEvaluation(CLASSES).ignoreIndex(3);
        assertThatIllegalArgumentException().isThrownBy(() -> all.classGroups(new int[] {1, 4}))
                .withMessage("a group of classes is [1, 4], but class 4 is outside 0..3");
        assertThatIllegalArgumentException().isThrownBy(() -> all.classGroups(new int[] {1, 1}))
                .withMessage("a group of classes is [1, 1], but must hold different indexes of at least 0");
        assertThatIllegalArgumentException().isThrownBy(() -> all.classGroups(new int[] {}))
                .withMessage("a group of classes is empty, but must have at least one");
        assertThatIllegalArgumentException().isThrownBy(() -> all.classGroups())
                .withMessage("classGroups must hold at least one group");
        assertThatIllegalArgumentException().isThrownBy(() -> all.classGroups(new int[] {1, 3}))
                .withMessage("a group of classes is [1, 3], but class 3 is the ignored label: leave it out");
        assertThatIllegalArgumentException().isThrownBy(() -> all.group(0))
                .withMessage("there are no groups of classes: set classGroups");
        all.classGroups(new int[] {1, 2});
        assertThatIllegalArgumentException().isThrownBy(() -> all.ignoreIndex(2))
                .withMessageContaining("class 2 is the ignored label");
        assertThatIllegalArgumentException().isThrownBy(() -> all.group(1)).withMessage("group 1 is outside 0..0");
        assertThatIllegalArgumentException().isThrownBy(() -> all.groupNames(List.of("a", "b")))
                .withMessage("2 group names for 1 groups");
        assertThatIllegalArgumentException().isThrownBy(() -> OutcomeEvaluation.multiLabel(3)
                .classGroups(new int[] {1})).withMessageStartingWith("labels that may occur together have no class");
        assertThatIllegalArgumentException().isThrownBy(() -> OutcomeEvaluation.multiClass(3).ignoreIndex(1)
                .classGroups(new int[] {1})).withMessageContaining("class 1 is the ignored label");
    }
}
