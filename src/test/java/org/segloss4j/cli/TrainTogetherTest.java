package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.options.TrainOptions;
import org.segloss4j.cli.training.Checkpoints;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.Replicas;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Several replicas, here threads, train the network that one process trains with the same parts: to the bit. */
class TrainTogetherTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @TempDir
    private Path dir;

    @BeforeEach
    void folders() throws IOException {
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 9);
    }

    private Object[] args(Path out, Object... more) {
        return options(dir, out, more).toArray();
    }

    /** Options of a small training; those that are given replace those that there are. */
    static List<Object> options(Path dir, Path out, Object... more) {
        // 7 images to learn from: the last batch of 3 has one, so the first of two replicas has nothing in that step.
        List<Object> options = new ArrayList<>(List.of("train", "--images", dir.resolve("images"), "--masks",
                dir.resolve("masks"), "--classes", 2, "--ignore", 255, "--size", "16x16", "--filters", 2, "--levels",
                2, "--batch", 3, "--augment", "flip,colour", "--schedule", "constant", "--learning-rate", 0.01, "--out",
                out));
        for (int k = 0; k < more.length; k++) {
            int at = options.indexOf(more[k]);
            if (at > 0 && more[k].toString().startsWith("--")) {
                options.set(at + 1, more[++k]);
            } else {
                options.add(more[k]);
            }
        }
        return options;
    }

    /** One replica of a training, as whoever brings replicas together has one. */
    @Command(name = "train")
    private static final class Replica implements Callable<Integer> {
        private final Replicas replicas;
        @Mixin
        private TrainOptions options;
        @Spec
        private CommandSpec spec;

        Replica(Replicas replicas) {
            this.replicas = replicas;
        }

        @Override
        public Integer call() {
            options.check();
            return new TrainingJob(options, spec, replicas).run();
        }

        /** What it printed. */
        static String run(Replicas replicas, Object... args) {
            StringWriter out = new StringWriter();
            List<RuntimeException> failures = new ArrayList<>();
            CommandLine line = new CommandLine(new Replica(replicas)).setOut(new PrintWriter(out))
                    .setErr(new PrintWriter(out));
            line.setExecutionExceptionHandler((exception, command, result) -> {
                failures.add((RuntimeException) exception);
                return 1;
            });
            line.execute(Stream.of(args).skip(1).map(Object::toString).toArray(String[]::new));
            if (!failures.isEmpty()) {
                throw failures.get(0);
            }
            return out.toString();
        }
    }

    /** Parameters, state of the updater, counters and scores of two trainings. */
    static void assertSame(Path out, Path other) throws IOException {
        for (String file : new String[] {"last.zip", "model.zip"}) {
            ComputationGraph one = ModelSerializer.restoreComputationGraph(out.resolve(file).toFile());
            ComputationGraph two = ModelSerializer.restoreComputationGraph(other.resolve(file).toFile());
            assertThat(one.params().toFloatVector()).isEqualTo(two.params().toFloatVector());
            assertThat(one.getUpdater().getStateViewArray().toFloatVector())
                    .isEqualTo(two.getUpdater().getStateViewArray().toFloatVector());
            assertThat(one.getIterationCount()).isEqualTo(two.getIterationCount());
        }
        assertThat(out.resolve("metrics.csv")).hasSameTextualContentAs(other.resolve("metrics.csv"))
                .content().contains("training_mean_iou");
        assertThat(out.resolve("samples.png")).hasSameBinaryContentAs(other.resolve("samples.png"));
    }

    @Test
    void isTheSameNetworkForAnyNumberOfReplicas() throws IOException {
        Path alone = dir.resolve("alone");
        Path together = dir.resolve("together");
        Path unused = dir.resolve("unused");
        CommandRun one = CommandRun.of(args(alone, "--epochs", 2, "--parts", 2));
        assertThat(one.code()).as(one.err()).isZero();
        assertThat(one.out()).contains("replica  rank 0 of 1 replica, parts 0 to 1 of 2 of each batch");

        List<String> said = LocalReplicas.run(2, TIMEOUT, replicas -> Replica.run(replicas,
                args(replicas.rank() == 0 ? together : unused, "--epochs", 1)));
        assertThat(said.get(0)).contains("replica  rank 0 of 2 replicas, part 0 of 2 of each batch", "epoch 1/1",
                " images/s, ", "written to " + together);
        assertThat(said.get(1)).contains("replica  rank 1 of 2 replicas, part 1 of 2 of each batch",
                "finished after epoch 1; replica 0 writes the results").doesNotContain("epoch 1/1", "written");

        // What two have begun, two go on with, though only the first one has the checkpoint.
        LocalReplicas.run(2, TIMEOUT, replicas -> Replica.run(replicas,
                args(replicas.rank() == 0 ? together : unused, "--epochs", 2, "--resume")));
        assertSame(together, alone);
        assertThat(unused).doesNotExist();

        // And one alone goes on with it, and is refused if it would divide the batches in another way.
        CommandRun further = CommandRun.of(args(together, "--epochs", 3, "--resume", "--parts", 2));
        assertThat(further.code()).as(further.err()).isZero();
        assertThat(CommandRun.of(args(together, "--epochs", 4, "--resume")).complaints()).containsExactly(
                "segloss4j: --resume: --parts is not given, but was 2 when the training was stopped; give the same");
    }

    /** Each pixel of the training images once in each epoch, whatever goes forward twice. */
    @Test
    void countsThePixelsOfAllParts() throws IOException {
        Path alone = dir.resolve("alone");
        Object[] options = {"--epochs", 2, "--augment", "none"};
        assertThat(CommandRun.of(args(alone, options)).code()).isZero();
        Path parts = dir.resolve("parts");
        CommandRun run = CommandRun.of(Stream.concat(Stream.of(args(parts, options)), Stream.of("--parts", 3))
                .toArray());
        assertThat(run.code()).as(run.err()).isZero();
        for (int epoch = 1; epoch <= 2; epoch++) {
            assertThat(truths(parts, epoch)).isEqualTo(truths(alone, epoch));
            assertThat(truths(parts, epoch)[0] + truths(parts, epoch)[1]).isPositive();
        }
    }

    /** Pixels of each true class that were counted in an epoch. */
    private static long[] truths(Path out, int epoch) throws IOException {
        JsonNode state = new ObjectMapper().readTree(SegmentationModel.load(out.resolve(Checkpoints.LAST)).properties()
                .get("training"));
        long[] confusion = SegmentationEvaluation.fromJson(state.path("epochs").get(epoch).path("training").asText(),
                SegmentationEvaluation.class).confusion();
        return new long[] {confusion[0] + confusion[1], confusion[2] + confusion[3]};
    }

    /** Distances and skeletons are of each part's own samples, and their sums are joined as those of the labels. */
    @Test
    void isTheSameNetworkWithMapsBesideTheLabels() throws IOException {
        Object[] options = {"--epochs", 2, "--loss", "dice + 0.1*boundary + skeleton_recall", "--weights", "none"};
        CommandRun one = CommandRun.of(Stream.concat(Stream.of(args(dir.resolve("alone"), options)),
                Stream.of("--parts", 2)).toArray());
        assertThat(one.code()).as(one.err()).isZero();
        LocalReplicas.run(2, TIMEOUT, replicas -> Replica.run(replicas,
                args(dir.resolve(replicas.rank() == 0 ? "together" : "unused"), options)));
        assertSame(dir.resolve("together"), dir.resolve("alone"));
        assertThat(dir.resolve("together/metrics.csv")).content().contains("validation_boundary_loss",
                "validation_skeleton_recall_loss");
    }

    /** What the replicas fail with, which all do. */
    private static List<String> reasons(Object[] ofTheFirst, Object[] ofTheSecond) {
        return LocalReplicas.run(2, TIMEOUT, replicas -> {
            try {
                return "none, but: " + Replica.run(replicas, replicas.rank() == 0 ? ofTheFirst : ofTheSecond);
            } catch (UserException e) {
                return e.getMessage();
            }
        });
    }

    @Test
    void refusesReplicasThatMeanAnotherTraining() throws IOException {
        Path out = dir.resolve("out");
        String message = "replica 1 differs from replica 0 in --learning-rate: it has 0.02, replica 0 has 0.01; all"
                + " replicas need the same version, options and data";
        assertThat(reasons(args(out), args(out, "--learning-rate", 0.02))).containsExactly(message, message);
        ImageFolders.write(dir.resolve("other"), dir.resolve("otherMasks"), 'a', 9);
        ImageFolders.uniform(dir.resolve("otherMasks/c.png"), 1);
        assertThat(reasons(args(out), args(out, "--masks", dir.resolve("otherMasks")))).hasSize(2)
                .allSatisfy(reason -> assertThat(reason).startsWith("replica 1 differs from replica 0 in --images: it"
                        + " has 7 images to learn from and 2 for validation, classes ").contains("(SHA-256 "));
        assertThat(out).doesNotExist();
    }

    @Test
    void oneReasonEndsAll() throws IOException {
        Path taken = Files.writeString(dir.resolve("taken"), "a file");
        String message = "--out: " + taken + " cannot be written: " + taken + " is not a folder";
        assertThat(reasons(args(taken), args(dir.resolve("out")))).containsExactly(message,
                "replica 0 has failed: " + message);
        Path model = Files.createDirectories(dir.resolve("folders").resolve(Checkpoints.BEST));
        String unwritable = "--out: " + model + " cannot be written: it is a folder";
        assertThat(reasons(args(model.getParent()), args(dir.resolve("out")))).containsExactly(unwritable,
                "replica 0 has failed: " + unwritable);
        Path damaged = Files.createDirectories(dir.resolve("damaged"));
        ImageFolders.write(damaged, dir.resolve("damagedMasks"), 'a', 9);
        Files.writeString(damaged.resolve("c.png"), "no picture");
        List<String> reasons = reasons(args(dir.resolve("out")), args(taken, "--images", damaged));
        assertThat(reasons.get(0)).isEqualTo("replica 1 has failed: the images and masks do not fit together, so"
                + " nothing is trained");
        assertThat(reasons.get(1)).contains("c.png is not a PNG, JPEG or TIFF image");
        assertThat(dir.resolve("out")).doesNotExist();
    }
}
