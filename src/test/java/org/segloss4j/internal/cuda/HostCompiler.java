package org.segloss4j.internal.cuda;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/**
 * Builds kernels for the host with g++, behind a header that plays the device. What is compiled is the text that the
 * GPU compilers get. Libraries are kept under {@code target/} by a hash of everything that makes them.
 */
final class HostCompiler {

    private static final Path FOLDER = Path.of("target", "host-kernels").toAbsolutePath();
    /** Warnings are errors: a macro without parentheses was found that way. */
    private static final List<String> FLAGS = List.of("-std=c++17", "-O1", "-ffp-contract=off", "-shared", "-fPIC",
            "-Wall", "-Werror", "-Wno-unused", "-Wno-unknown-pragmas", "-U_FORTIFY_SOURCE",
            // All kernels have the same names inside; each must find its own.
            "-fvisibility=hidden");
    private static final List<String> HEADERS = List.of("device.h", "launch.h", "exports.h");
    private static final Map<String, NativeLibrary> LIBRARIES = new ConcurrentHashMap<>();
    /** What the compiler refused, so that not every test asks it again. */
    private static final Map<String, RuntimeException> REFUSED = new ConcurrentHashMap<>();

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

    /** The library of a variant, of whose entry this is the text. */
    static NativeLibrary library(KernelVariant variant, String text) {
        String hash = hash(text + variant.definitions() + FLAGS + HEADERS.stream().map(HostCompiler::resource).toList())
                .substring(0, 16);
        return LIBRARIES.computeIfAbsent(variant.symbol() + "-" + hash, name -> {
            Path library = FOLDER.resolve(name + ".so");
            if (REFUSED.containsKey(name)) {
                throw REFUSED.get(name);
            }
            try {
                if (!Files.exists(library)) {
                    compile(variant, text, name, library);
                }
            } catch (IllegalStateException e) {
                REFUSED.put(name, e);
                throw e;
            }
            return NativeLibrary.getInstance(library.toString());
        });
    }

    private static void compile(KernelVariant variant, String text, String name, Path library) {
        try {
            Path folder = Files.createDirectories(FOLDER.resolve(name + "-" + ProcessHandle.current().pid()));
            for (String header : HEADERS) {
                Files.writeString(folder.resolve(header), resource(header));
            }
            Files.writeString(folder.resolve("kernel.cu"), text);
            Files.writeString(folder.resolve("host.cpp"), """
                    #include "device.h"
                    #include "kernel.cu"
                    #include "launch.h"
                    #include "exports.h"
                    """);
            List<String> command = new ArrayList<>(List.of("g++"));
            command.addAll(FLAGS);
            variant.definitions().forEach(d -> command.add("-D" + d));
            command.addAll(List.of(folder.resolve("host.cpp").toString(), "-o", folder.resolve("k.so").toString()));
            run(command);
            Files.move(folder.resolve("k.so"), library, StandardCopyOption.ATOMIC_MOVE);
            // The text is kept beside the library, so that it can be compared with what the GPU compilers get.
            Files.move(folder.resolve("kernel.cu"), Path.of(library + ".cu"), StandardCopyOption.REPLACE_EXISTING);
            for (String header : HEADERS) {
                Files.delete(folder.resolve(header));
            }
            Files.delete(folder.resolve("host.cpp"));
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("kernel " + name + " cannot be built", e);
        }
    }

    /** The text that a library was built of. */
    static String textOf(NativeLibrary library) throws IOException {
        return Files.readString(Path.of(library.getFile() + ".cu"));
    }

    /** Runs a program and returns what it prints. */
    static String run(List<String> command) {
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

    static String hash(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
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
