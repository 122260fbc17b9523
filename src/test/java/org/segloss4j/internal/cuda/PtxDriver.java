package org.segloss4j.internal.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.Digest;

/** The CUDA driver that interprets PTX, built of src/test/vgpu into the compilers' cache. */
public final class PtxDriver {

    private static final Path SOURCES = Path.of("src", "test", "vgpu");
    /** A capability for which any compiler makes PTX that the driver takes. */
    private static final int CAPABILITY = 80;

    private PtxDriver() {
    }

    /** Why it cannot be built, or null. */
    public static String unavailable() {
        return Files.exists(SOURCES) ? HostCompiler.unavailable() : "there is no " + SOURCES + " here";
    }

    /** Why no kernel can be interpreted here, or null. */
    public static String missing() {
        String cause = unavailable();
        return cause != null || CompileLadder.standard().compiles(CAPABILITY) ? cause
                : "neither NVRTC nor nvcc is here to make PTX";
    }

    /** Skips the test, with the reason, where no kernel can be interpreted. */
    public static void require() {
        Need.present("ptx", missing());
    }

    /** Puts a libcuda.so.1 into a folder, for LD_LIBRARY_PATH. */
    public static void into(Path folder) throws IOException {
        Files.copy(library(), folder.resolve("libcuda.so.1"), StandardCopyOption.REPLACE_EXISTING);
    }

    /** The same for the folder that is named, which is made if need be. */
    public static void main(String[] args) throws IOException {
        into(Files.createDirectories(Path.of(args[0])));
    }

    /** Puts the self-test and a libcuda.so.1 into a folder; the test takes the text of its kernels as argument. */
    static Path selfTestInto(Path folder) throws IOException {
        Path tests = SOURCES.resolve("test");
        Path library = library();
        Path program = CompilerCache.SHARED.file("libcuda-test-" + Digest.of(library.getFileName().toString(),
                texts(tests, ".h") + texts(tests, ".cpp") + texts(tests, ".sh")).substring(0, 16), file -> {
            Path build = Files.createTempDirectory("segloss4j-ptx");
            try {
                Files.copy(library, build.resolve("libcuda.so"));
                HostCompiler.run(List.of(tests.resolve("build.sh").toAbsolutePath().toString(), build.toString()));
                Files.copy(build.resolve("selftest"), file);
            } finally {
                delete(build);
            }
        });
        into(folder);
        Path test = Files.copy(program, folder.resolve("selftest"));
        if (!test.toFile().setExecutable(true)) {
            throw new IOException(test + " cannot be made executable");
        }
        return test;
    }

    private static Path library() throws IOException {
        String processor = System.getenv().getOrDefault("VGPU_MARCH", "native");
        // Of the processor that it is built for, the compiler's own settings speak.
        String settings = HostCompiler.run(List.of("g++", "-march=" + processor, "-Q", "--help=target"));
        String name = "libcuda-" + Digest.of(texts(SOURCES.resolve("src"), ""),
                Files.readString(SOURCES.resolve("build.sh")), settings).substring(0, 16) + ".so";
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

    private static String texts(Path folder, String ending) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(each -> each.toString().endsWith(ending)).sorted().toList()) {
                all.append(file).append('\n').append(Files.readString(file));
            }
        }
        return all.toString();
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
