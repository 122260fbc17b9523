package org.segloss4j.internal.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.Digest;

/** The CUDA driver that interprets PTX, built of src/test/vgpu into the compilers' cache. */
public final class PtxDriver {

    private static final Path SOURCES = Path.of("src", "test", "vgpu");

    private PtxDriver() {
    }

    /** Why it cannot be built, or null. */
    public static String unavailable() {
        return Files.exists(SOURCES) ? HostCompiler.unavailable() : "there is no " + SOURCES + " here";
    }

    /** Skips the test, with the reason, where there is no such driver or no PTX for it. */
    public static void require() {
        Need.present("ptx", unavailable());
        Need.present("ptx", CompileLadder.standard().compiles(80) ? null
                : "neither NVRTC nor nvcc is here to make PTX");
    }

    /** Puts a libcuda.so.1 into a folder, for LD_LIBRARY_PATH. */
    public static void into(Path folder) throws IOException {
        Files.copy(library(), folder.resolve("libcuda.so.1"));
    }

    private static Path library() throws IOException {
        List<String> parts = new ArrayList<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                parts.add(file + "\n" + Files.readString(file));
            }
        }
        // It is built for this processor, of which the compiler's own settings speak.
        parts.add(HostCompiler.run(List.of("g++", "-march=native", "-Q", "--help=target")));
        String name = "libcuda-" + Digest.of(parts.toArray(String[]::new)).substring(0, 16) + ".so";
        return CompilerCache.SHARED.file(name, file -> {
            Path build = Files.createTempDirectory("segloss4j-ptx");
            try {
                HostCompiler.run(List.of(SOURCES.resolve("build.sh").toAbsolutePath().toString(), build.toString()));
                Files.copy(build.resolve("libcuda.so.1"), file);
            } finally {
                delete(build);
            }
        });
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        Files.delete(folder);
    }
}
