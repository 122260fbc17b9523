package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.ForkedJvm;
import org.segloss4j.dl4j.SegmentationModel;

/** A training that was stopped goes on as if it had not been: to the bit. */
class TrainResumeTest {

    @TempDir
    private Path dir;

    @BeforeEach
    void folders() throws IOException {
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 9);
    }

    private List<Object> args(Path out, Object... more) {
        List<Object> args = new ArrayList<>(List.of("train", "--images", dir.resolve("images"), "--masks",
                dir.resolve("masks"), "--classes", 2, "--ignore", 255, "--size", "16x16", "--filters", 2, "--levels",
                2, "--batch", 3, "--augment", "flip,colour", "--out", out));
        args.addAll(List.of(more));
        return args;
    }

    private CommandRun train(Path out, Object... more) {
        return CommandRun.of(args(out, more).toArray());
    }

    private static ComputationGraph network(Path out, String file) throws IOException {
        return ModelSerializer.restoreComputationGraph(out.resolve(file).toFile());
    }

    /** Parameters, state of the updater, counters and scores of two trainings. */
    private static void assertSame(Path out, Path other) throws IOException {
        for (String file : new String[] {"last.zip", "model.zip"}) {
            ComputationGraph one = network(out, file);
            ComputationGraph two = network(other, file);
            assertThat(one.params().toFloatVector()).isEqualTo(two.params().toFloatVector());
            assertThat(one.getUpdater().getStateViewArray().toFloatVector())
                    .isEqualTo(two.getUpdater().getStateViewArray().toFloatVector());
            assertThat(one.getIterationCount()).isEqualTo(two.getIterationCount());
            assertThat(one.getEpochCount()).isEqualTo(two.getEpochCount());
        }
        assertThat(out.resolve("metrics.csv")).hasSameTextualContentAs(other.resolve("metrics.csv"));
        assertThat(out.resolve("samples.png")).hasSameBinaryContentAs(other.resolve("samples.png"));
    }

    @Test
    void moreEpochsOfAConstantRateGoOnFromTheEnd() throws IOException {
        Object[] constant = {"--schedule", "constant", "--learning-rate", 0.01};
        Path straight = dir.resolve("straight");
        Path twice = dir.resolve("twice");
        assertThat(train(straight, Stream.concat(Stream.of(constant), Stream.of("--epochs", 4)).toArray()).code())
                .isZero();
        assertThat(train(twice, Stream.concat(Stream.of(constant), Stream.of("--epochs", 2)).toArray()).code())
                .isZero();
        CommandRun resumed = train(twice, Stream.concat(Stream.of(constant), Stream.of("--epochs", 4, "--resume"))
                .toArray());
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.out()).contains("resumed  after 2 epochs and 0 steps", "epoch 3/4", "epoch 4/4")
                .doesNotContain("epoch 2/4", "untrained  ");
        assertSame(twice, straight);
        assertThat(network(twice, "last.zip").getEpochCount()).isEqualTo(4);
        assertThat(network(twice, "last.zip").getIterationCount()).isEqualTo(12);
    }

    @Test
    void aFinishedTrainingOnlyWritesItsReportAgain() throws IOException {
        Path out = dir.resolve("out");
        assertThat(train(out, "--epochs", 1).code()).isZero();
        byte[] csv = Files.readAllBytes(out.resolve("metrics.csv"));
        Files.delete(out.resolve("metrics.csv"));
        CommandRun again = train(out, "--epochs", 1, "--resume");
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(out.resolve("metrics.csv")).hasBinaryContent(csv);
    }

    private ForkedJvm child(Path out, Object... more) throws IOException {
        return new ForkedJvm(Map.of("OMP_NUM_THREADS", "1"), List.of("-Xmx600m"), Main.class,
                args(out, more).stream().map(Object::toString).toArray(String[]::new));
    }

    /** When a file was written, or null if there is none. */
    private static FileTime written(Path file) throws IOException {
        return Files.exists(file) ? Files.getLastModifiedTime(file) : null;
    }

    /** Waits until a file was written at another time. */
    private static void await(Path file, FileTime before) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (Objects.equals(written(file), before)) {
            assertThat(System.nanoTime()).as("no new %s", file).isLessThan(end);
            Thread.sleep(5);
        }
    }

    /** Ctrl-C sends SIGINT, which a JVM answers as it does SIGTERM. */
    @Test
    void endsInGoodOrderWhenItIsAskedTo() throws IOException, InterruptedException {
        Path straight = dir.resolve("straight");
        Path stopped = dir.resolve("stopped");
        Object[] long30 = {"--epochs", 30, "--learning-rate", 0.01, "--schedule", "cosine", "--warm-up", 2};
        ForkedJvm child = child(stopped, long30);
        await(stopped.resolve("last.zip"), null);
        child.end();
        List<String> said = child.result().lines().toList();
        assertThat(said.get(0)).isEqualTo("143");
        assertThat(said).anyMatch(line -> line.equals("segloss4j: stopping after this step; the state will be saved"));
        assertThat(said.get(said.size() - 1)).matches("stopped in epoch \\d+/30 after [0-3] steps; last.zip holds this"
                + " state, --resume goes on from it; model.zip is the network of epoch \\d+ with mean IoU 0\\.\\d{4}");

        CommandRun anew = train(stopped, long30);
        assertThat(anew.code()).isEqualTo(1);
        assertThat(anew.complaints()).containsExactly("segloss4j: --out: " + stopped + " holds a training that was"
                + " stopped; --resume goes on with it, --overwrite begins anew, and another --out keeps both");

        CommandRun resumed = train(stopped, Stream.concat(Stream.of(long30), Stream.of("--resume")).toArray());
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(train(straight, long30).code()).isZero();
        assertSame(stopped, straight);
        assertThat(train(stopped, long30).code()).as("a finished one may be replaced").isZero();
    }

    /** Whatever the moment, files are whole, and the training goes on to the same end. */
    @Test
    @Tag("slow")
    void survivesBeingKilledAtAnyMoment() throws IOException, InterruptedException {
        Path straight = dir.resolve("straight");
        Path killed = dir.resolve("killed");
        Object[] options = {"--epochs", 300, "--learning-rate", 0.01};
        Random random = new Random(8);
        for (int k = 0; k < 6; k++) {
            FileTime before = written(killed.resolve("last.zip"));
            ForkedJvm child = child(killed, before != null
                    ? Stream.concat(Stream.of(options), Stream.of("--resume")).toArray() : options);
            if (k % 2 == 0 && before != null) {
                // On a busy machine, while it still starts.
                Thread.sleep(1500 + random.nextInt(2500));
            } else {
                await(killed.resolve("last.zip"), before);
                Thread.sleep(random.nextInt(before != null ? 1500 : 500));
            }
            child.kill();
            for (String file : new String[] {"last.zip", "model.zip"}) {
                SegmentationModel.load(killed.resolve(file));
            }
        }
        assertThat(network(killed, "last.zip").getEpochCount()).isBetween(2, 299);
        CommandRun resumed = train(killed, Stream.concat(Stream.of(options), Stream.of("--resume")).toArray());
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(train(straight, options).code()).isZero();
        assertSame(killed, straight);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--seed 2              | --seed is 2, but was 1 when the training was stopped; give the same",
        "--epochs 2            | --epochs is 2, but was 1 when the training was stopped; give the same, since the"
            + " learning rate depends on it unless --schedule is constant",
        "--loss dice           | --loss is dice, but was jaccard + cce when the training was stopped; give the same",
        "--weights 0.5,1.5     | --weights is 0.5,1.5, but was median when the training was stopped; give the same",
        "--filters 4           | --filters is 4, but was 2 when the training was stopped; give the same",
        "--names a,b           | --names is [a, b], but was [] when the training was stopped; give the same",
        "--validation 0.5      | --validation is 0.5, but was not given when the training was stopped; give the same",
        "--masks DIR/other     | the images and masks are not those of the training that was stopped, in number or in"
            + " the pixels of their classes"})
    void refusesOtherSettings(String option, String message) throws IOException {
        Path out = dir.resolve("out");
        assertThat(train(out, "--epochs", 1).code()).isZero();
        byte[] before = Files.readAllBytes(out.resolve("last.zip"));
        Files.createDirectories(dir.resolve("other"));
        for (char name = 'a'; name < 'j'; name++) {
            ImageFolders.uniform(dir.resolve("other/" + name + ".png"), name % 2);
        }
        List<Object> all = args(out, "--epochs", 1, "--resume");
        String[] words = option.replace("DIR", dir.toString()).split(" ");
        int at = all.indexOf(words[0]);
        if (at < 0) {
            all.addAll(List.of(words));
        } else {
            all.set(at + 1, words[1]);
        }
        CommandRun run = CommandRun.of(all.toArray());
        assertThat(run.complaints()).containsExactly("segloss4j: --resume: " + message);
        assertThat(run.code()).isEqualTo(1);
        assertThat(out.resolve("last.zip")).hasBinaryContent(before);
    }

    @Test
    void saysWhatIsWrongWithACheckpoint() throws IOException {
        Path out = Files.createDirectories(dir.resolve("out"));
        Files.writeString(out.resolve("last.zip"), "no model");
        String message = "segloss4j: model " + out.resolve("last.zip") + " cannot be read: it is not a zip file";
        assertThat(train(out, "--resume").complaints()).containsExactly(message);
        assertThat(train(out, "--epochs", 1, "--overwrite").code()).isZero();
    }
}
