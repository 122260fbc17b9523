package org.segloss4j.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A replica's process, with what it has told since it was started. */
final class SoakProcess {

    private final Process process;
    private final Path log;

    private SoakProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts replica {@code rank}; its {@code start}-th process writes a log of its own. */
    static SoakProcess start(Path folder, List<String> addresses, int rank, int start, long sampleMillis)
            throws IOException {
        Path log = folder.resolve("replica-" + rank + "-" + start + ".log");
        Path temporary = Files.createDirectories(folder.resolve("tmp"));
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx192m", "-XX:+UseSerialGC",
                // What is only softly reachable would make the heap rise and fall.
                "-XX:SoftRefLRUPolicyMSPerMB=0",
                "-Djava.io.tmpdir=" + temporary, "-Djava.awt.headless=true",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", System.getProperty("java.class.path"),
                SoakReplica.class.getName(), folder.toString(), String.join(",", addresses), "" + rank,
                "" + sampleMillis).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("OMP_NUM_THREADS", "1");
        return new SoakProcess(builder.start(), log);
    }

    List<String> lines() throws IOException {
        return Files.readAllLines(log);
    }

    /** What it told, without the warnings of each stranger. */
    List<String> ownLines() throws IOException {
        return lines().stream().filter(line -> !line.contains(" WARN ")).toList();
    }

    /** Waits until a line fits that was not there before the first {@code from}. */
    void await(int from, Predicate<String> line) throws IOException, InterruptedException {
        for (int k = 0; k < 1200; k++) {
            if (lines().stream().skip(from).anyMatch(line)) {
                return;
            }
            if (!process.isAlive()) {
                throw new IllegalStateException("a replica ended by itself: " + ownLines());
            }
            Thread.sleep(100);
        }
        throw new IllegalStateException("a replica did nothing for two minutes: " + ownLines());
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void signal(String name) throws IOException, InterruptedException {
        Soak.command("kill", "-" + name, "" + process.pid());
    }

    /** Its exit code, once it has been told to end. */
    int end() throws InterruptedException {
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
            kill();
        }
        return process.exitValue();
    }
}
