package org.segloss4j.internal.cuda.compile;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The compiler of a CUDA toolkit, run as a process in a folder of its own. */
public final class NvccCompiler extends InstalledCompiler {

    private static final Logger LOG = LoggerFactory.getLogger(NvccCompiler.class);
    private static final Pattern VERSION = Pattern.compile("release [\\d.]+, V([\\d.]+)");
    private static final Pattern CAPABILITY = Pattern.compile("compute_(\\d+)");
    private static final int TIMEOUT_SECONDS = 300;

    private final Path program;

    private NvccCompiler(Path program, String version, NavigableSet<Integer> capabilities) {
        super("nvcc", version, program.toString(), capabilities);
        this.program = program;
    }

    /** Looks where {@code CUDA_HOME}, {@code CUDA_PATH} and {@code PATH} point. */
    public static CompileLadder.Rung find() {
        return find(folders(System.getenv()));
    }

    /**
     * The folders that an environment names. A name that is no path here, as by its encoding, cannot hold a compiler.
     */
    static List<Path> folders(Map<String, String> environment) {
        List<Path> folders = new ArrayList<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            String home = environment.get(variable);
            if (home != null && !home.isBlank()) {
                addFolder(folders, home, "bin");
            }
        }
        for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (!folder.isBlank()) {
                addFolder(folders, folder);
            }
        }
        return folders;
    }

    /** Adds a folder, if its name is a path at all. */
    static void addFolder(List<Path> folders, String first, String... more) {
        try {
            folders.add(Path.of(first, more));
        } catch (InvalidPathException e) {
            LOG.debug("{} is not looked into: {}", first, e.getReason());
        }
    }

    /** Looks in folders. */
    public static CompileLadder.Rung find(List<Path> folders) {
        for (Path folder : folders.stream().map(Path::toAbsolutePath).toList()) {
            for (String file : List.of("nvcc", "nvcc.exe")) {
                Path program = folder.resolve(file);
                if (Files.isRegularFile(program) && Files.isExecutable(program)) {
                    return Uninterrupted.call(() -> open(program));
                }
            }
        }
        return CompileLadder.Rung.missing("nvcc", "not in CUDA_HOME, CUDA_PATH or PATH");
    }

    private static CompileLadder.Rung open(Path program) {
        try {
            String said = run(List.of(program.toString(), "--version"), null, 30);
            Matcher version = VERSION.matcher(said);
            if (!version.find()) {
                return CompileLadder.Rung.missing("nvcc", program + " --version says no version: " + said.strip());
            }
            NavigableSet<Integer> capabilities = new TreeSet<>();
            Matcher capability = CAPABILITY.matcher(run(List.of(program.toString(), "--list-gpu-arch"), null, 30));
            while (capability.find()) {
                capabilities.add(Integer.valueOf(capability.group(1)));
            }
            return CompileLadder.Rung.of(new NvccCompiler(program, version.group(1), capabilities));
        } catch (IOException e) {
            return CompileLadder.Rung.missing("nvcc", program + " does not run: " + e.getMessage());
        }
    }

    @Override
    public KernelImage compile(KernelText kernel, Target target) {
        return Uninterrupted.call(() -> compiled(kernel, target));
    }

    private KernelImage compiled(KernelText kernel, Target target) {
        try {
            Path folder = Files.createTempDirectory("segloss4j-nvcc");
            try {
                String code = "kernel." + target.kind().extension();
                Files.writeString(folder.resolve("kernel.cu"), kernel.text(), StandardCharsets.UTF_8);
                List<String> command = options(kernel, program.toString(), "--" + target.kind().extension(),
                        "-arch=" + target, "-Xptxas=-v");
                command.addAll(List.of("-o", code, "kernel.cu"));
                String log = run(command, folder, TIMEOUT_SECONDS);
                return new KernelImage(Files.readAllBytes(folder.resolve(code)), target, id(), log);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw failure(kernel, target, e.getMessage(), e);
        }
    }

    /** Runs a program in a folder without a shell; gives what it printed, which the exception holds if it fails. */
    public static String run(List<String> command, Path folder, int seconds) throws IOException {
        // Into a file: a full pipe would stop the program, and reading one cannot be timed out.
        Path output = Files.createTempFile("segloss4j", ".log");
        try {
            Process process = new ProcessBuilder(command).directory(folder == null ? null : folder.toFile())
                    .redirectErrorStream(true).redirectOutput(output.toFile()).start();
            process.getOutputStream().close();
            try {
                if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                    throw new IOException("not done after " + seconds + " s");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            String said = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new IOException("exit code " + process.exitValue() + "\n" + said.strip());
            }
            return said;
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }
}
