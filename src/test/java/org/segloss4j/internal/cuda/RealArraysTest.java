package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.LossInternals;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.Need;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.dl4j.SegmentationLossLayer;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.loss.BackendChoice;
import org.segloss4j.internal.nd4j.Nd4jMemory;

/**
 * Arrays of the real nd4j-cuda on a real GPU. Runs where both are: {@code -Dsegloss4j.test.require=nd4j-cuda} with
 * nd4j-cuda on the class path.
 */
class RealArraysTest {

    private static final SegmentationLoss LOSS = Losses.jaccard().plus(Losses.categoricalFocal());

    private static CudaBackend backend;

    @BeforeAll
    static void needBoth() {
        Need.present("nd4j-cuda", Nd4jMemory.here().onDevices() ? null
                : "ND4J runs on " + Nd4j.getBackend().getClass().getSimpleName());
        Need.present("nd4j-cuda", CudaAvailability.cause());
        backend = (CudaBackend) CudaAvailability.backend();
    }

    private static INDArray labels(long... shape) {
        return Nd4j.rand(DataType.FLOAT, shape).mul(5).castTo(DataType.UINT8);
    }

    private static SegmentationBatch batch(INDArray logits) {
        INDArray mask = Nd4j.rand(DataType.FLOAT, logits.size(0), 1, logits.size(2), logits.size(3)).gt(0.2)
                .castTo(DataType.FLOAT);
        return SegmentationBatch.predictions(logits).labels(labels(logits.size(0), logits.size(2), logits.size(3)))
                .activation(Activation.SOFTMAX).mask(mask);
    }

    private static void same(INDArray ours, INDArray truth, double bound) {
        INDArray difference = ours.castTo(DataType.DOUBLE).sub(truth.castTo(DataType.DOUBLE));
        assertThat(difference.amaxNumber().doubleValue()).isLessThan(bound);
    }

    /** Made by operations on the device, so that only its copy is up to date; the reference reads the host's. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "HALF"})
    void agreesWithTheReferenceAndCopiesNothing(DataType type) {
        SegmentationBatch batch = batch(Nd4j.randn(DataType.FLOAT, 3, 5, 67, 33).mul(2).castTo(type));
        assertThat(BackendChoice.of(true, 1).backend()).isSameAs(backend);
        long staged = backend.stagedBytes();
        LossResult ours = LOSS.valueAndGradient(batch);
        assertThat(backend.stagedBytes()).isEqualTo(staged);
        for (LossBackend other : new LossBackend[] {new ReferenceBackend(), new CpuBackend()}) {
            LossResult truth = LossInternals.valueAndGradient(LOSS, batch, other);
            assertThat(ours.value()).isCloseTo(truth.value(), offset(1e-5));
            same(ours.gradient(), truth.gradient(), type.width() == 2 ? 1e-5 : 1e-7);
        }
    }

    @Test
    void viewsAreWrittenInPlaceAndWhatIsAroundThemStays() {
        INDArray wide = Nd4j.randn(DataType.FLOAT, 2, 8, 16, 40);
        INDArray logits = wide.get(NDArrayIndex.all(), NDArrayIndex.interval(2, 7));
        SegmentationBatch batch = batch(logits);
        INDArray whole = Nd4j.valueArrayOf(new long[] {2, 8, 16, 40}, 77f);
        INDArray view = whole.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 6));
        for (int k = 0; k < 2; k++) {
            // The second time after a write by the host.
            whole.putScalar(new int[] {0, 7, 0, 0}, 78 + k);
            LOSS.valueAndGradient(batch, 1, view);
            same(view, LossInternals.valueAndGradient(LOSS, batch, new ReferenceBackend()).gradient(), 1e-7);
            assertThat(whole.getDouble(0, 7, 0, 0)).isEqualTo(78 + k);
            assertThat(whole.getDouble(1, 0, 3, 3)).isEqualTo(77);
            assertThat(whole.getDouble(1, 6, 3, 3)).isEqualTo(77);
        }
    }

    @Test
    void aNetworkLearnsWithoutCopies() {
        MultiLayerConfiguration configuration = new NeuralNetConfiguration.Builder().seed(3).updater(new Adam(0.05))
                .list()
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(5).activation(Activation.IDENTITY).build())
                .layer(new SegmentationLossLayer.Builder(LOSS).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.convolutional(32, 32, 5)).build();
        MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init();
        INDArray labels = labels(4, 32, 32);
        INDArray images = Nd4j.create(DataType.FLOAT, 4, 5, 32, 32);
        for (int c = 0; c < 5; c++) {
            images.get(NDArrayIndex.all(), NDArrayIndex.point(c)).assign(labels.eq(c).castTo(DataType.FLOAT));
        }
        DataSet data = new DataSet(images, labels);
        double before = network.score(data);
        long staged = backend.stagedBytes();
        for (int step = 0; step < 100; step++) {
            network.fit(data);
        }
        assertThat(backend.stagedBytes()).isEqualTo(staged);
        assertThat(network.score(data)).isLessThan(before / 2);
    }
}
