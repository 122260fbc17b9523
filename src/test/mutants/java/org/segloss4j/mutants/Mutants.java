package org.segloss4j.mutants;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.segloss4j.Shard;
import org.segloss4j.internal.cuda.PtxDriver;

/**
 * Plants bugs, and sees whether the tests that are named beside each notice it, each in a JVM of its own, as many at a
 * time as there are processors. The tree stays as it is: a file with a bug, and what is compiled of it, lie under
 * {@code target/mutants}, before everything else on the class path. Ends with 1 if a bug survives, or the list no
 * longer fits the tree.
 *
 * <p>{@code mvn -Pmutants test-compile exec:exec@mutants}, with {@code -Dmutants.only="id id"} for some of them and
 * {@code -Dsegloss4j.test.shard=1/3} for a third.
 */
public final class Mutants {

    private static final Path LIST = Path.of("src", "test", "mutants", "mutants.txt");
    private static final Path JAVA = Path.of("src", "main", "java");
    private static final Path FOLDER = Path.of("target", "mutants");
    private static final String TEMPORARY = "temporary";
    /** A bug may make a program that does not end. */
    private static final int SECONDS = Integer.getInteger("mutants.seconds", 300);

    private Mutants() {
    }

    /** What became of a bug. */
    private enum Fate {
        NOTICED, SURVIVED, BROKEN
    }

    /** What a JVM with tests said. */
    private record Run(int code, String output) {

        boolean hasRunTests() {
            return output.matches("(?s).*\\[\\s+[1-9]\\d* tests started.*");
        }

        /** Whether what is wrong is the text of a kernel, which g++ did not compile, and not what it computes. */
        boolean isNotCompiled() {
            return output.contains("g++ -std") && output.contains("exits with");
        }
    }

    /**
     * Runs.
     *
     * @param args ids of the bugs; none for all
     */
    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        Set<String> only = Set.of(args);
        List<Mutant> chosen = Shard.of(Mutant.read(LIST).stream()
                .filter(mutant -> only.isEmpty() || only.contains(mutant.id())).toList());
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("there is no such bug in " + LIST);
        }
        String withoutPtx = PtxDriver.missing();
        List<Mutant> mutants = chosen.stream().filter(mutant -> withoutPtx == null || mutant.needs() == null).toList();
        if (mutants.size() < chosen.size()) {
            System.out.println("skipped " + (chosen.size() - mutants.size()) + " bugs, because " + withoutPtx);
        }
        Set<String> tests = new LinkedHashSet<>();
        mutants.forEach(mutant -> tests.addAll(mutant.tests()));
        ExecutorService workers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        // What fails anyway notices nothing. Patterns of methods concern all classes, so whole classes run apart.
        List<Future<Run>> sound = new ArrayList<>();
        for (boolean whole : new boolean[] {true, false}) {
            List<String> some = tests.stream().filter(test -> test.indexOf('#') < 0 == whole).toList();
            if (!some.isEmpty()) {
                sound.add(workers.submit(() -> run(null, Mutant.selectors(some))));
            }
        }
        // Bugs follow at once, so that no processor waits for the end of the longer run.
        List<Future<Fate>> fates = new ArrayList<>();
        for (Mutant mutant : mutants) {
            fates.add(workers.submit(() -> {
                long start = System.nanoTime();
                Fate fate = fate(mutant);
                System.out.printf("%-8s %5.1f s  %s%n", fate.name().toLowerCase(Locale.ROOT),
                        (System.nanoTime() - start) / 1e9, mutant.id());
                return fate;
            }));
        }
        for (Future<Run> each : sound) {
            Run run = each.get();
            if (run.code != 0 || !run.hasRunTests()) {
                System.out.println(run.output);
                System.out.println("tests fail, or none runs, without any bug");
                System.exit(1);
            }
        }
        List<String> bad = new ArrayList<>();
        for (int k = 0; k < fates.size(); k++) {
            if (fates.get(k).get() != Fate.NOTICED) {
                bad.add(mutants.get(k).id());
            }
        }
        System.out.printf("%d of %d bugs noticed%s%n", mutants.size() - bad.size(), mutants.size(),
                bad.isEmpty() ? "" : "; not " + String.join(", ", bad));
        System.exit(bad.isEmpty() ? 0 : 1);
    }

    private static Fate fate(Mutant mutant) throws IOException, InterruptedException {
        Path overlay = FOLDER.resolve(mutant.id());
        try {
            plant(mutant, overlay);
        } catch (IllegalArgumentException e) {
            System.out.println(mutant.id() + ": " + e.getMessage());
            return Fate.BROKEN;
        }
        for (String test : mutant.tests()) {
            Run run = run(overlay, Mutant.selectors(List.of(test)));
            if (run.isNotCompiled() || run.code != 0 && run.code != 1 && run.output.contains("Usage:")) {
                System.out.println(run.output);
                return Fate.BROKEN;
            }
            if (run.code != 0) {
                return Fate.NOTICED;
            }
        }
        return Fate.SURVIVED;
    }

    /** Makes the folder that goes before everything else on the class path. */
    private static void plant(Mutant mutant, Path overlay) throws IOException {
        clear(overlay);
        String text = mutant.planted();
        FirstFailure.into(overlay);
        Files.createDirectories(overlay.resolve(TEMPORARY));
        Path file = Path.of(mutant.file());
        if (!file.startsWith(JAVA)) {
            // Kernels are read from the class path.
            Files.createDirectories(overlay.resolve(file).getParent());
            Files.writeString(overlay.resolve(file), text);
            return;
        }
        Path source = FOLDER.resolve(mutant.id() + "-source").resolve(JAVA.relativize(file));
        clear(FOLDER.resolve(mutant.id() + "-source"));
        Files.createDirectories(source.getParent());
        Files.writeString(source, text);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiles = compiler.getTask(said, files, null, List.of("-proc:none", "-nowarn", "-implicit:none",
                    "-Xlint:none", "-d", overlay.toString(), "-cp", System.getProperty("java.class.path")), null,
                    files.getJavaFileObjects(source)).call();
            if (!compiles) {
                throw new IllegalArgumentException("it does not compile: " + said);
            }
        }
    }

    private static void clear(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var found = Files.walk(folder)) {
                found.sorted(java.util.Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        }
    }

    /** Runs tests in a JVM of their own, without what is slow; with the folder of a bug, or null. */
    private static Run run(Path overlay, Collection<String> selectors) throws IOException, InterruptedException {
        List<String> path = new ArrayList<>();
        if (overlay != null) {
            path.add(overlay.toString());
        }
        path.add(System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "-Xmx2g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                // A kernel with a bug may end the JVM.
                "-XX:ErrorFile=" + FOLDER.resolve("crash.log"), "-XX:-CreateCoredumpOnCrash",
                        "-Djava.awt.headless=true",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dsegloss4j.test.require=host"));
        if (Runtime.version().feature() >= 24) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        if (overlay != null) {
            // A JVM that ends in the midst of a test leaves its temporary folders.
            command.add("-Djava.io.tmpdir=" + overlay.resolve(TEMPORARY).toAbsolutePath());
        }
        command.addAll(List.of("-cp", String.join(File.pathSeparator, path),
                "org.junit.platform.console.ConsoleLauncher", "execute", "--disable-banner", "--disable-ansi-colors",
                "--details=summary", "--exclude-tag=slow", "--exclude-tag=exhaustive"));
        command.addAll(selectors);
        Path output = Files.createTempFile(Files.createDirectories(FOLDER), "run", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().put("OMP_NUM_THREADS", "1");
            Process process = builder.start();
            // Without a bug, all tests run one after the other.
            if (!process.waitFor(overlay == null ? 4L * SECONDS : SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            return new Run(process.waitFor(), Files.readString(output, java.nio.charset.StandardCharsets.ISO_8859_1));
        } finally {
            Files.delete(output);
        }
    }
}
