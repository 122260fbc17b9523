package org.segloss4j.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.stream.Stream;
import org.nd4j.shade.jackson.annotation.JsonInclude;

/**
 * Where results were measured.
 *
 * @param cpu     name of the processor
 * @param cores   that the JVM sees
 * @param jdk     version and vendor
 * @param os      name, version and architecture
 * @param date    the day, UTC
 * @param commit  of the repository, with "+" if files had been changed; where there is none, what
 *                {@code -Dbench.commit} says
 * @param omp     what OMP_NUM_THREADS says of ND4J's threads, or where rows differ in it, where they say it
 * @param command that measures again
 * @param gpu     the device, or null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Environment(String cpu, int cores, String jdk, String os, String date, String commit, String omp,
                          String command, Gpu gpu) {

    private static final String UNKNOWN = "unknown";

    /**
     * This machine.
     *
     * @param command that measures again
     * @param gpu     the device that was measured, or null
     */
    public static Environment here(String command, Gpu gpu) throws IOException {
        return new Environment(cpuName(), Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                LocalDate.now(ZoneOffset.UTC).toString(),
                head(), System.getenv().getOrDefault("OMP_NUM_THREADS", "not set"), command, gpu);
    }

    /** The same with other words about ND4J's threads. */
    public Environment withOmp(String threads) {
        return new Environment(cpu, cores, jdk, os, date, commit, threads, command, gpu);
    }

    private static String head() throws IOException {
        String given = System.getProperty("bench.commit");
        if (given != null) {
            return given;
        }
        String commit = output("git", "rev-parse", "--short", "HEAD");
        String changed = output("git", "status", "--porcelain", "--", "src", "bench/jmh", "bench/common", "bench/gpu",
                "kernels");
        return commit.equals(UNKNOWN) || changed.isEmpty() ? commit : commit + "+";
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
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            // There is no such program.
            return UNKNOWN;
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            return process.waitFor() == 0 ? text : UNKNOWN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }
}
