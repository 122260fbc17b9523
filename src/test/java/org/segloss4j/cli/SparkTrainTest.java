package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.cli.SparkInstallation.Submitted;
import org.segloss4j.internal.cuda.PtxDriver;

/** The packaged jar, submitted to Spark as users do, gives the network of {@code train} whatever happens on the way. */
@Tag("cluster")
class SparkTrainTest {

    /** A mount table of Hadoop, so that another scheme than file: leads to a folder of this machine. */
    private static final String REMOTE = "viewfs://far/";
    private static final List<String> OPTIONS = List.of("--classes", "2", "--ignore", "255", "--size", "16x16",
            "--filters", "2", "--levels", "2", "--batch", "5", "--augment", "flip,colour", "--parts", "2");
    private static final String EPOCHS = "8";

    @TempDir
    private static Path shared;

    private static SparkCluster cluster;
    private static Path images;
    private static Path masks;
    private static Path expected;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws IOException {
        SparkInstallation.require();
        images = shared.resolve("data/images");
        masks = shared.resolve("data/masks");
        ImageFolders.write(images, masks, 'a', 24);
        expected = shared.resolve("expected");
        CommandRun run = CommandRun.of(train("train", images, masks, expected).toArray());
        assertThat(run.code()).as(run.err()).isZero();
        cluster = SparkCluster.start(Files.createDirectory(shared.resolve("cluster")), Map.of());
    }

    @AfterAll
    static void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static List<Object> train(String command, Object imageFolder, Object maskFolder, Object out,
                                      String... more) {
        List<Object> line = new ArrayList<>(List.of(command, "--images", imageFolder, "--masks", maskFolder, "--out",
                out, "--epochs", EPOCHS));
        line.addAll(OPTIONS);
        line.addAll(List.of(more));
        return line;
    }

    private Map<String, String> remote() {
        Map<String, String> settings = cluster.settings();
        settings.put("hadoop.fs.viewfs.mounttable.far.link./data", images.getParent().toUri().toString());
        settings.put("hadoop.fs.viewfs.mounttable.far.link./home", folder.toUri().toString());
        return settings;
    }

    private static void sameAsTrain(Path out) throws IOException {
        for (String name : List.of("model.zip", "last.zip")) {
            Map<String, byte[]> ours = entries(out.resolve(name));
            Map<String, byte[]> theirs = entries(expected.resolve(name));
            assertThat(ours.keySet()).isEqualTo(theirs.keySet()).contains("coefficients.bin", "updaterState.bin");
            ours.forEach((entry, bytes) -> assertThat(bytes).as("%s in %s", entry, name)
                    .isEqualTo(theirs.get(entry)));
        }
        assertThat(out.resolve("metrics.csv")).hasSameBinaryContentAs(expected.resolve("metrics.csv"));
        try (Stream<Path> files = Files.list(out)) {
            // Hadoop keeps checksums beside the files of a local disk.
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.endsWith(".crc")))
                    .containsExactlyInAnyOrder("model.zip", "last.zip", "metrics.csv", "samples.png", "report.html");
        }
    }

    private static Map<String, byte[]> entries(Path file) throws IOException {
        Map<String, byte[]> entries = new TreeMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                try (InputStream in = zip.getInputStream(entry)) {
                    entries.put(entry.getName(), in.readAllBytes());
                }
            }
        }
        return entries;
    }

    private static List<Path> files(Path out) {
        if (!Files.isDirectory(out)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(out)) {
            return files.toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void threadsOfALocalMaster() throws Exception {
        Path out = folder.resolve("out");
        CommandRun run = SparkInstallation.submit(folder, Map.of("master", "local[2]"),
                train("spark-train", images.toUri(), masks, out)).result();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("(?m)^rank 0 of 2: host .*, executor driver, no GPU assigned$")
                .contains("written to " + out + ": model.zip");
        sameAsTrain(out);
    }

    @Test
    void executorsOfTwoWorkersWithAGpuEach() throws Exception {
        CommandRun run = SparkInstallation.submit(folder, remote(), train("spark-train", REMOTE + "data/images",
                REMOTE + "data/masks", REMOTE + "home/out")).result();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        for (int rank = 0; rank < 2; rank++) {
            assertThat(run.out()).containsPattern("(?m)^rank " + rank + " of 2: host 127.0.0.1, executor [01],"
                    + " Spark's GPU address [01] is CUDA device [01], which cannot be used: no CUDA driver")
                    .containsPattern("(?m)^rank " + rank + ": copied [0-9,]+ bytes in 24 files from " + REMOTE
                            + "data/images in [0-9.]+ s; 0 files were there$");
        }
        assertThat(run.out()).contains("address 0", "address 1", "written to " + REMOTE + "home/out: model.zip");
        sameAsTrain(folder.resolve("out"));
    }

    /** On a CUDA driver that interprets PTX: each executor computes on the device that Spark has given to it. */
    @Test
    void executorsComputeOnTheirOwnDevices() throws Exception {
        PtxDriver.require();
        Path driver = Files.createDirectory(folder.resolve("driver"));
        PtxDriver.into(driver);
        Map<String, String> environment = Map.of("LD_LIBRARY_PATH", driver.toString(), "VGPU_DEVICES", "2");
        Path out = folder.resolve("out");
        try (SparkCluster devices = SparkCluster.start(Files.createDirectory(folder.resolve("devices")), environment)) {
            Map<String, String> settings = devices.settings();
            settings.put("executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -Dsegloss4j.backend=cuda");
            List<Object> line = train("spark-train", images, masks, out, "--timeout", "200");
            line.set(line.indexOf(EPOCHS), "1");
            CommandRun run = SparkInstallation.submit(folder, settings, line).result();
            assertThat(run.code()).as(run.err()).isZero();
            for (int device = 0; device < 2; device++) {
                assertThat(run.out()).containsPattern("(?m)^rank [01] of 2: host 127.0.0.1, executor [01], Spark's GPU"
                        + " address " + device + " is CUDA device " + device + ": .*; arrays of the host go to: device "
                        + device + ", by -Dsegloss4j.cuda.device$");
            }
            assertThat(run.out().lines().filter(each -> each.startsWith("backend  cuda "))).hasSize(2);
        }
    }

    /** At a random step after the first checkpoint. */
    @Test
    void killedExecutor() throws Exception {
        Path out = folder.resolve("out");
        Submitted job = SparkInstallation.submit(folder, remote(), train("spark-train", REMOTE + "data/images",
                REMOTE + "data/masks", REMOTE + "home/out"));
        SparkCluster.await("a checkpoint", () -> Files.exists(out.resolve("last.zip")));
        Random random = new Random();
        Thread.sleep(random.nextInt(1500));
        List<ProcessHandle> executors = cluster.executors();
        assertThat(executors).hasSize(2);
        executors.get(random.nextInt(2)).destroyForcibly();
        CommandRun run = job.result();
        System.out.println(run.err());
        assertThat(run.code()).as(job.err()).isZero();
        assertThat(run.err()).contains(", attempt 0: ExecutorLostFailure", "segloss4j: Spark starts all ranks again,"
                + " attempt 1, which goes on from the last checkpoint of this job");
        assertThat(run.out()).containsPattern("(?m)^resumed  after [1-9]");
        sameAsTrain(out);
    }

    @Test
    void killedDriver() throws Exception {
        Path out = folder.resolve("out");
        List<Object> line = train("spark-train", REMOTE + "data/images", REMOTE + "data/masks", REMOTE + "home/out");
        Submitted job = SparkInstallation.submit(folder, remote(), line);
        SparkCluster.await("a checkpoint", () -> Files.exists(out.resolve("last.zip")));
        job.process().destroyForcibly().waitFor();
        SparkCluster.await("the executors end", () -> cluster.executors().isEmpty());
        for (Path file : files(out)) {
            String name = file.getFileName().toString();
            if (name.endsWith(".zip")) {
                assertThat(entries(file)).containsKey("coefficients.bin");
            } else {
                assertThat(name).startsWith(".");
            }
        }
        line.add("--resume");
        CommandRun run = SparkInstallation.submit(folder, remote(), line).result();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("(?m)^resumed  after [1-9]");
        sameAsTrain(out);
    }

    /** What would fail again is not tried again. */
    @Test
    void whatTheFilesDoNotAllow() throws Exception {
        Path bad = Files.createDirectories(folder.resolve("bad"));
        for (Path mask : files(masks)) {
            Files.copy(mask, bad.resolve(mask.getFileName()));
        }
        ImageFolders.uniform(bad.resolve("c.png"), 7);
        Submitted job = SparkInstallation.submit(folder, remote(), train("spark-train", REMOTE + "data/images",
                REMOTE + "home/bad", REMOTE + "home/out"));
        CommandRun run = job.result();
        assertThat(run.code()).as(job.err()).isEqualTo(1);
        assertThat(run.complaints()).hasSize(1).first().asString().startsWith("segloss4j: ").contains(
                REMOTE + "home/bad/c.png holds values that are no class: 7");
        assertThat(folder.resolve("out/last.zip")).doesNotExist();

        Submitted missing = SparkInstallation.submit(folder, remote(), train("spark-train", REMOTE + "data/nothing",
                REMOTE + "data/masks", REMOTE + "home/out"));
        run = missing.result();
        assertThat(run.code()).as(missing.err()).isEqualTo(1);
        assertThat(run.complaints()).hasSize(1).first().asString().startsWith("segloss4j: ").contains(
                "--images: " + REMOTE + "data/nothing cannot be read: ", "nothing");
    }

    /** Files of a folder and its sub-folder, each counted by some executor. */
    @Test
    void weightsOfMasks() throws Exception {
        Path below = Files.createDirectories(folder.resolve("masks/below"));
        for (Path mask : files(masks)) {
            Files.copy(mask, below.resolve(mask.getFileName()));
        }
        ImageFolders.uniform(folder.resolve("masks/a.png"), 1);
        List<String> options = List.of("--classes", "2", "--ignore", "255", "--recursive", "--json");
        List<Object> line = new ArrayList<>(List.of("weights", "--masks", folder.resolve("masks")));
        line.addAll(options);
        CommandRun alone = CommandRun.of(line.toArray());
        line = new ArrayList<>(List.of("spark-weights", "--masks", REMOTE + "home/masks"));
        line.addAll(options);
        CommandRun run = SparkInstallation.submit(folder, remote(), line).result();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(alone.out()).contains("inverse");
        assertThat(run.err()).isEmpty();
    }

    /** By a model, and of masks that were predicted before. */
    @Test
    void scoresOfAModelAndOfMasks() throws Exception {
        Path model = expected.resolve("model.zip");
        CommandRun alone = CommandRun.of("evaluate", "--model", model, "--images", images, "--masks", masks, "--json");
        assertThat(alone.code()).as(alone.err()).isZero();
        CommandRun run = SparkInstallation.submit(folder, remote(), List.of("spark-evaluate", "--model", model,
                "--images", REMOTE + "data/images", "--masks", REMOTE + "data/masks", "--json")).result();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(scores(run.out())).isEqualTo(scores(alone.out())).contains("iou");

        CommandRun.of("predict", "--model", model, "--images", images, "--out", folder.resolve("predicted"));
        Path predicted = folder.resolve("predicted");
        List<Object> options = List.of("--classes", "2", "--ignore", "255");
        List<Object> line = new ArrayList<>(List.of("evaluate", "--truth", masks, "--pred", predicted));
        line.addAll(options);
        alone = CommandRun.of(line.toArray());
        assertThat(alone.code()).as(alone.err()).isZero();
        line = new ArrayList<>(List.of("spark-evaluate", "--truth", REMOTE + "data/masks", "--pred",
                REMOTE + "home/predicted"));
        line.addAll(options);
        run = SparkInstallation.submit(folder, remote(), line).result();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(alone.out()).contains("mean");
    }

    /** Without the settings, among which the folders are others. */
    private static String scores(String json) {
        return json.lines().filter(line -> !line.contains("\"--")).collect(Collectors.joining("\n"));
    }
}
