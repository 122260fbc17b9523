package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.cpu.nativecpu.CpuBackend;
import org.segloss4j.internal.cuda.HostBackends;

/**
 * What ND4J's CUDA backend is asked for and told, in a JVM where a stub plays it: arrays have two copies, of which one
 * may be out of date. The kernels run on the host. Against the real nd4j-cuda the class is only compiled here.
 */
class CudaArraysTest {

    @TempDir
    private Path folder;

    /** Compiles the stub, and what else is in some folders of sources, and makes ND4J find it. */
    private void build(String... more) throws IOException, URISyntaxException {
        List<String> arguments = new ArrayList<>(List.of("-nowarn", "-proc:none", "-d", folder.toString(), "-cp",
                System.getProperty("java.class.path")));
        for (String sources : Stream.concat(Stream.of("/nd4j-cuda"), Stream.of(more)).toList()) {
            try (Stream<Path> files = Files.walk(Path.of(CudaArraysTest.class.getResource(sources).toURI()))) {
                files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
            }
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Need.present("javac", compiler == null ? "this is no JDK" : null);
        assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new))).isZero();
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve("org.nd4j.linalg.factory.Nd4jBackend"),
                "org.nd4j.linalg.jcublas.JCublasBackend\n");
        try (InputStream in = CpuBackend.class.getResourceAsStream("/nd4j-native.properties")) {
            String properties = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            Files.writeString(folder.resolve("plays-nd4j-cuda.properties"), properties.replace(
                    "org.nd4j.linalg.cpu.nativecpu.CpuAffinityManager", "org.nd4j.linalg.jcublas.Affinity"));
        }
    }

    /** The backend cuda of that JVM runs on the host, which counts what it is asked to do. */
    @Test
    void theBackwardPassOfTheLayerDoesNotWait() throws Exception {
        HostBackends.require();
        build("/nd4j-cuda-layer");
        String first = folder + File.pathSeparator + System.getProperty("java.class.path");
        String bad = "1 label is outside 0..2; the first is 9 at example 1, pixel 7";
        String before = "; this is the batch of the backward pass before, whose score was not asked for";
        assertThat(ForkedJvm.run("org.segloss4j.dl4j.LayerScenario", first, Map.of())).containsExactly(
                "backward: 2 launches, 0 waits, 0 bytes copied, 0 of tensors",
                "score: 0 launches, 1 waits, 64 bytes copied, 0 of tensors",
                "right: true",
                "the score again: 0 launches, 0 waits, 0 bytes copied, 0 of tensors",
                "no error yet, gradient of rank 3",
                bad,
                "afterwards: true",
                "no mask again: 0 launches, 0 waits, 0 bytes copied, 0 of tensors",
                bad,
                bad + before,
                "afterwards: true",
                bad + before,
                bad + before,
                // The second workspace gets the tables of the loss.
                "two layers: 2 launches, 0 waits, 120 bytes copied, 0 of tensors",
                "true true");
    }

    private List<String> scenario(String views) throws IOException, URISyntaxException {
        HostBackends.require();
        build();
        String first = folder + File.pathSeparator + System.getProperty("java.class.path");
        return ForkedJvm.run("org.segloss4j.Scenario", first, Map.of(), "-Dviews=" + views);
    }

    /** Whether this ND4J's addresses of views are those of their first elements or those of whole arrays. */
    @ParameterizedTest
    @ValueSource(strings = {"included", "left-out"})
    void arraysAreReadAndWrittenWhereTheyAreUpToDate(String views) throws Exception {
        assertThat(scenario(views)).containsExactly(
                "ND4J on JCublasBackend",
                "cpu: host wrote [2, 3, 40]",
                "DevicePlace[device=0, stream=112]",
                // The logits are on the device already, and a new gradient is not brought there.
                "cuda: to the device [2, 40]; device wrote [2, 3, 40], read [[2, 3, 40], [2, 40]]",
                "same true true",
                "cuda, view: to the device [2, 3, 40]; device wrote [2, 3, 40], read [[2, 3, 40], [2, 40]]",
                "same true true",
                "around it true",
                "copied by the backend: 0",
                "same true true",
                "gradient FLOAT [2, 3, 40] shares memory with predictions FLOAT [2, 3, 40] but is another view of it,"
                        + " so predictions would be overwritten before they are read: give the predictions themselves,"
                        + " or memory of its own",
                "auto: to the host [2, 3, 40]; host wrote [2, 3, 40]",
                "same true true", "same true true");
    }

    @Test
    void addressesThatAreNotUnderstoodAreRefused() throws Exception {
        assertThat(scenario("nonsense")).containsExactly("ND4J on JCublasBackend", "this version of ND4J is not"
                + " understood: the address on the host of a view that begins 12 bytes behind its array, with an"
                + " offset() of 3, lies 24 bytes behind the array's, which should be 12, or 0 with an offset() of 3");
    }
}
