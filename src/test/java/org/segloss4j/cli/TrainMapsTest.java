package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.data.FilePairing;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.SegmentationIterator;
import org.segloss4j.data.SignedDistanceMaps;
import org.segloss4j.data.Skeletons;

/** Losses that read distances or skeletons are trained like any other: their maps are made of the masks. */
class TrainMapsTest {

    private static final String BOTH = "dice + 0.05*boundary + skeleton_recall";

    @TempDir
    private Path dir;

    @BeforeEach
    void folders() throws IOException {
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 6);
        ImageFolders.write(dir.resolve("vi"), dir.resolve("vm"), 'p', 3);
    }

    private CommandRun train(String out, Object... more) {
        List<Object> args = new ArrayList<>(List.of("train", "--images", dir.resolve("images"), "--masks",
                dir.resolve("masks"), "--val-images", dir.resolve("vi"), "--val-masks", dir.resolve("vm"), "--classes",
                2, "--ignore", ImageFolders.VOID, "--filters", 2, "--levels", 2, "--batch", 3, "--augment",
                "flip,colour", "--out", dir.resolve(out)));
        args.addAll(List.of(more));
        return CommandRun.of(args.toArray());
    }

    private List<CSVRecord> metrics(String out) throws IOException {
        return CSVFormat.RFC4180.parse(new StringReader(Files.readString(dir.resolve(out).resolve("metrics.csv"))))
                .getRecords();
    }

    private Map<String, Double> last(String out) throws IOException {
        List<CSVRecord> rows = metrics(out);
        Map<String, Double> values = new LinkedHashMap<>();
        for (int k = 1; k < rows.get(0).size(); k++) {
            values.put(rows.get(0).get(k), Double.valueOf(rows.get(rows.size() - 1).get(k)));
        }
        return values;
    }

    private void assertWorks(CommandRun run) {
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
    }

    /** The values of the validation samples are those of maps that a program makes of their masks. */
    @Test
    void trainsWithBothKindsOfMaps() throws IOException {
        CommandRun run = train("out", "--size", "16x12", "--epochs", 8, "--learning-rate", 0.03, "--loss", BOTH,
                "--weights", "none");
        assertWorks(run);
        assertThat(run.out()).contains("loss     " + BOTH);
        Map<String, Double> last = last("out");
        assertThat(last.get("mean_iou")).isGreaterThan(0.8);

        DataSet batch = SegmentationIterator.of(FilePairing.byName().pair(dir.resolve("vi"), dir.resolve("vm"))
                .source(new ImageSize(16, 12), LabelMap.indexes(2).ignoring(ImageFolders.VOID))).batch(3)
                .channelsLast().next();
        new ImagePreProcessingScaler(-1, 1).transform(batch.getFeatures());
        ComputationGraph network = ModelSerializer.restoreComputationGraph(dir.resolve("out/last.zip").toFile());
        INDArray mask = batch.getLabelsMaskArray();
        INDArray labels = batch.getLabels();
        INDArray raw = labels.add(mask.rsub(1).mul(ImageFolders.VOID).castTo(labels.dataType()));
        assertThat(raw.maxNumber().intValue()).isEqualTo(ImageFolders.VOID);
        SegmentationBatch judged = SegmentationBatch.predictions(network.outputSingle(batch.getFeatures())
                .permute(0, 3, 1, 2)).labels(labels).mask(mask)
                .distances(SignedDistanceMaps.ofClasses(2).ignoreIndex(ImageFolders.VOID).maps(raw))
                .skeleton(Skeletons.ofClasses(2).ignoreIndex(ImageFolders.VOID).maps(raw));
        double boundary = Losses.boundary().value(judged);
        double skeleton = Losses.skeletonRecall().value(judged);
        assertThat(boundary).isNegative();
        assertThat(last.get("validation_boundary_loss")).isCloseTo(0.05 * boundary, within(2e-5));
        assertThat(last.get("validation_skeleton_recall_loss")).isCloseTo(skeleton, within(2e-5));
    }

    @Test
    void stoppedTrainingsGoOn() throws IOException {
        Object[] options = {"--crop", "12x12", "--schedule", "constant", "--loss", BOTH};
        assertWorks(train("straight", join(options, "--epochs", 3)));
        assertWorks(train("twice", join(options, "--epochs", 1)));
        assertWorks(train("twice", join(options, "--epochs", 3, "--resume")));
        assertThat(dir.resolve("twice/metrics.csv")).hasSameTextualContentAs(dir.resolve("straight/metrics.csv"));

        Path model = dir.resolve("twice/model.zip");
        CommandRun evaluated = CommandRun.of("evaluate", "--model", model, "--images", dir.resolve("vi"), "--masks",
                dir.resolve("vm"), "--out", dir.resolve("scores"));
        assertWorks(evaluated);
        CommandRun predicted = CommandRun.of("predict", "--model", model, "--images", dir.resolve("vi"), "--out",
                dir.resolve("predicted"));
        assertWorks(predicted);
    }

    private static Object[] join(Object[] options, Object... more) {
        List<Object> all = new ArrayList<>(List.of(options));
        all.addAll(List.of(more));
        return all.toArray();
    }

    /** Before there is a cluster: its replicas have parts of the batch, which such a loss does not have. */
    @Test
    void severalReplicasOnSparkAreRefusedAtOnce() {
        CommandRun run = CommandRun.of("spark-train", "--replicas", 2, "--loss", BOTH + " + top_k");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.complaints()).singleElement().asString().startsWith("segloss4j: --loss has"
                + " top_k_cross_entropy, which needs the whole batch, but there are 2 workers: leave that term out, or"
                + " train by one process");
    }

    @Test
    void trainsOneChannelAndOneKindOfMap() throws IOException {
        assertWorks(train("one", "--size", "16x12", "--epochs", 1, "--activation", "sigmoid", "--loss",
                "bce + 0.1*boundary"));
        assertThat(last("one")).containsKey("validation_boundary_loss");
        assertWorks(train("two", "--size", "16x12", "--epochs", 1, "--activation", "sigmoid", "--loss",
                "skeleton_recall + dice"));
        assertThat(last("two").get("validation_skeleton_recall_loss")).isBetween(0.0, 1.0);
        assertWorks(train("three", "--size", "16x12", "--epochs", 1, "--weights", "balanced", "--loss",
                "skeleton_recall + dice(include_background=false)"));
        assertThat(last("three").get("validation_skeleton_recall_loss")).isBetween(0.0, 1.0);
        assertThat(last("three").get("validation_dice_loss")).isBetween(0.0, 1.0);
    }
}
