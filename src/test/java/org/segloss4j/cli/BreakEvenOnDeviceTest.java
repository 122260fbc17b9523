package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.cuda.PtxDriver;

/** The commands in a JVM whose driver interprets PTX: what break-even keeps there is what train goes by. */
@Tag("slow")
class BreakEvenOnDeviceTest {

    @TempDir
    private static Path driver;
    /** Of all tests, so that a kernel is compiled once. */
    @TempDir
    private static Path cache;
    @TempDir
    private Path dir;

    @BeforeAll
    static void buildDriver() throws IOException {
        PtxDriver.require();
        PtxDriver.into(driver);
    }

    private static String run(String... arguments) throws IOException, InterruptedException {
        return new ForkedJvm(Map.of("LD_LIBRARY_PATH", driver.toString(), "OMP_NUM_THREADS", "1", "SEGLOSS4J_BACKEND",
                "auto"), List.of("-Xmx1g", "-Dsegloss4j.cache=" + cache), Main.class, arguments).result();
    }

    private String train(String... more) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("train", "--size", "8x8", "--filters", "2", "--levels", "2",
                "--epochs", "1", "--batch", "60", "--out", dir.resolve("out").toString()));
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new));
    }

    private static Properties kept() throws IOException {
        Properties kept = new Properties();
        try (var in = Files.newInputStream(cache.resolve("break-even.properties"))) {
            kept.load(in);
        }
        return kept;
    }

    private static void keep(Properties all) throws IOException {
        try (var out = Files.newOutputStream(cache.resolve("break-even.properties"))) {
            all.store(out, null);
        }
    }

    /** Which is faster depends on the machine's load, so what was kept is compared, and then written over. */
    @Test
    void trainGoesByWhatBreakEvenKept() throws Exception {
        String said = run("break-even", "--classes", "6", "--largest", "1024");
        assertThat(said).startsWith("0\n").containsPattern("\\ndevice 0: .*\\nprocessors: \\d+, classes: 6, medians of")
                .containsPattern("logits +cpu ms +cuda ms +cpu / cuda\\n1020 +[0-9.]+ +[0-9.]+ +[0-9.]+\\n")
                .contains("\nkept for train in " + cache.resolve("break-even.properties"));
        boolean isFaster = said.contains("\ncuda is faster from there on: -Dsegloss4j.cuda.hostThreshold=1020\n");
        assertThat(isFaster || said.contains("\ncuda is not faster up to 1020 logits: ")).isTrue();
        Properties all = kept();
        assertThat(all).containsEntry("channels.6", isFaster ? "1020" : "never to 1024");
        all.setProperty("channels.6", "100");
        keep(all);
        assertThat(train()).startsWith("0\n").contains("backend  cuda (auto; arrays of the host have 100"
                + " logits or more, by break-even (classes: 6)); ND4J on CpuBackend", "epoch 1/1  loss ");
        all.setProperty("device", "device 0: Another");
        keep(all);
        assertThat(train("--overwrite")).containsPattern("backend  cpu \\(auto; .*; break-even \\(classes: 6\\) was"
                + " run on device 0: Another, not on device 0: .*: run it again\\); ND4J");
    }

    @Test
    void oneChannelHasAMeasurementOfItsOwn() throws Exception {
        assertThat(run("break-even", "--activation", "sigmoid", "--largest", "1024")).startsWith("0\n").contains(
                "one channel under a sigmoid, medians of", "kept for train in ");
        Properties all = kept();
        all.setProperty("channels.1", "1");
        keep(all);
        Path images = dir.resolve("images");
        Path masks = dir.resolve("masks");
        ImageFolders.write(images, masks, 'a', 6);
        assertThat(run("train", "--images", images.toString(), "--masks", masks.toString(), "--classes", "2",
                "--ignore", "255", "--activation", "sigmoid", "--size", "8x8", "--filters", "2", "--levels", "2",
                "--epochs", "1", "--batch", "3", "--out", dir.resolve("out").toString())).startsWith("0\n").contains(
                "backend  cuda (auto; arrays of the host have 1 logits or more, by break-even (one channel under a"
                        + " sigmoid)); ND4J on CpuBackend", "epoch 1/1  loss ");
    }
}
