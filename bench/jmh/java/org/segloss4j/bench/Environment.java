package org.segloss4j.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.stream.Stream;

/**
 * Where results were measured.
 *
 * @param cpu     name of the processor
 * @param cores   that the JVM sees
 * @param jdk     version and vendor
 * @param os      name, version and architecture
 * @param date    the day, UTC
 * @param commit  of the repository, with "+" if files had been changed
 * @param omp     what OMP_NUM_THREADS says of ND4J's threads
 * @param command that runs the suite again
 */
record Environment(String cpu, int cores, String jdk, String os, String date, String commit, String omp,
                   String command) {

    static Environment here() throws IOException {
        return new Environment(cpuName(), Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                LocalDate.now(ZoneOffset.UTC).toString(),
                output("git", "rev-parse", "--short", "HEAD") + (output("git", "status", "--porcelain", "--", "src",
                        "bench/jmh", "kernels").isEmpty() ? "" : "+"),
                System.getenv().getOrDefault("OMP_NUM_THREADS", "not set"),
                "mvn -Pbench test-compile exec:exec@bench -Dbench.args=SUITE");
    }

    private static String cpuName() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.exists(info)) {
            return System.getProperty("os.arch");
        }
        try (Stream<String> lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith("model name")).findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse(System.getProperty("os.arch"));
        }
    }

    private static String output(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            return process.waitFor() == 0 ? text : "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }
}
