package org.segloss4j;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a main class in a JVM of its own, for what a JVM reads only once. */
public final class ForkedJvm {

    private ForkedJvm() {
    }

    /**
     * The lines that it printed to either stream.
     *
     * @throws AssertionError if it fails
     */
    public static List<String> run(Class<?> main, Map<String, String> environment, String... jvmArguments) {
        return run(main.getName(), System.getProperty("java.class.path"), environment, jvmArguments);
    }

    /**
     * The same with another class path.
     *
     * @throws AssertionError if it fails
     */
    public static List<String> run(String main, String classPath, Map<String, String> environment,
                                   String... jvmArguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", classPath, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
        command.addAll(List.of(jvmArguments));
        command.add(main);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(main + " failed: " + printed);
            }
            return printed.lines().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
