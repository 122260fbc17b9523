package org.segloss4j.internal.cuda;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.segloss4j.internal.cuda.compile.Digest;
import org.segloss4j.internal.cuda.compile.KernelSource;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/**
 * Builds kernels for the host with g++, behind a header that plays the device. What is compiled is the text that the
 * GPU compilers get. The {@link CompilerCache} keeps the libraries by a hash of everything that makes them.
 */
public final class HostCompiler {

    /** Warnings are errors: a macro without parentheses was found that way. */
    private static final List<String> FLAGS = List.of("-std=c++17", "-Og", "-ffp-contract=off", "-fPIC", "-Wall",
            "-Werror", "-Wno-unused", "-Wno-unknown-pragmas", "-U_FORTIFY_SOURCE",
            // All kernels have the same names inside; each must find its own.
            "-fvisibility=hidden");
    private static final List<String> SOURCES_OF_HOST = List.of("device.h", "exports.h", "layout.h", "runtime.cpp");
    private static final Map<String, NativeLibrary> LIBRARIES = new ConcurrentHashMap<>();
    /** The same libraries by what is compiled, of which the texts are seldom new strings: they need not be hashed. */
    private static final Map<Compiled, NativeLibrary> FOUND = new ConcurrentHashMap<>();
    /** What the compiler refused, so that not every test asks it again. */
    private static final Map<String, RuntimeException> REFUSED = new ConcurrentHashMap<>();
    private static final Map<NativeLibrary, Path> SOURCES = new ConcurrentHashMap<>();

    /** Asked for once. */
    private static final class Version {

        static final String TEXT = run(List.of("g++", "--version")) + run(List.of("g++", "-dumpmachine"));

        private Version() {
        }
    }

    /** What runs the kernels, compiled once for all of them. */
    private static final class HostRuntime {

        static final Path OBJECT = CompilerCache.SHARED.file("runtime-" + Digest.of(FLAGS.toString(), texts(),
                Version.TEXT).substring(0, 16) + ".o", HostCompiler::compileRuntime);

        private HostRuntime() {
        }
    }

    private HostCompiler() {
    }

    /** Why there is no g++, or null if there is. */
    static String unavailable() {
        try {
            run(List.of("g++", "--version"));
            return null;
        } catch (UncheckedIOException | IllegalStateException e) {
            return "g++ cannot be run: " + e.getMessage();
        }
    }

    private record Compiled(KernelVariant variant, String text) {
    }

    /** The library of a variant, of whose entry this is the text. */
    static NativeLibrary library(KernelVariant variant, String text) {
        return FOUND.computeIfAbsent(new Compiled(variant, text), key -> compiled(variant, text));
    }

    private static NativeLibrary compiled(KernelVariant variant, String text) {
        String hash = Digest.of(text, variant.definitions().toString(), FLAGS.toString(),
                texts(), Version.TEXT).substring(0, 16);
        return LIBRARIES.computeIfAbsent(variant.symbol() + "-" + hash, name -> {
            if (REFUSED.containsKey(name)) {
                throw REFUSED.get(name);
            }
            try {
                Path source = CompilerCache.SHARED.file(variant.entry() + "-" + Digest.of(text).substring(0, 16)
                        + ".cu", file -> Files.writeString(file, text));
                Path runtime = HostRuntime.OBJECT;
                NativeLibrary library = NativeLibrary.getInstance(CompilerCache.SHARED.file(name + ".so",
                        file -> compile(variant, source, runtime, file)).toString());
                SOURCES.put(library, source);
                return library;
            } catch (IllegalStateException e) {
                REFUSED.put(name, e);
                throw e;
            }
        });
    }

    private static void compile(KernelVariant variant, Path source, Path runtime, Path library) throws IOException {
        Path main = intoFolderOf(library).resolve("host.cpp");
        Files.writeString(main, """
                #include "device.h"
                #include "%s"
                #include "exports.h"
                """.formatted(source));
        List<String> more = new ArrayList<>(variant.definitions().stream().map(d -> "-D" + d).toList());
        more.addAll(List.of("-shared", main.toString(), runtime.toString(), "-o", library.toString()));
        compile(more);
    }

    private static void compileRuntime(Path object) throws IOException {
        compile(List.of("-c", intoFolderOf(object).resolve("runtime.cpp").toString(), "-o", object.toString()));
    }

    private static void compile(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("g++"));
        command.addAll(FLAGS);
        command.addAll(arguments);
        run(command);
    }

    /** The folder of a file, in which our sources are then. */
    private static Path intoFolderOf(Path file) throws IOException {
        for (String source : SOURCES_OF_HOST) {
            Files.writeString(file.resolveSibling(source), resource(source));
        }
        return file.getParent();
    }

    private static String texts() {
        return SOURCES_OF_HOST.stream().map(HostCompiler::resource).toList().toString();
    }

    /** What a function of layout.h tells of a kernel, by name. */
    static Map<String, Long> layout(KernelVariant variant, String function) {
        String text = KernelSource.of(variant.entry()) + "\n#define HOST_DESCRIBES_LAYOUT\n";
        Map<String, Long> numbers = new LinkedHashMap<>();
        library(variant, text).getFunction(function).invokeString(new Object[0], false).lines()
                .map(line -> line.split("=")).forEach(pair -> numbers.put(pair[0], Long.valueOf(pair[1])));
        return numbers;
    }

    /** The text that a library was built of. */
    static String textOf(NativeLibrary library) throws IOException {
        return Files.readString(SOURCES.get(library));
    }

    /** Runs a program and returns what it prints. */
    public static String run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                throw new IllegalStateException(String.join(" ", command) + " exits with " + code + ":\n" + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String resource(String file) {
        try (InputStream in = HostCompiler.class.getResourceAsStream("/host/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
