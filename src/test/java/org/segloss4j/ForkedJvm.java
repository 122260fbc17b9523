package org.segloss4j;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Another JVM with this one's class path, for what a JVM reads only once and for what several do together. */
public final class ForkedJvm {

    private final Process process;

    /** Starts the main method of a class; options override those that every such JVM gets. */
    public ForkedJvm(Map<String, String> environment, List<String> options, Class<?> main, String... arguments)
            throws IOException {
        this(List.of(), environment, options, main.getName(), arguments);
    }

    /** The same by a command that runs the one that stands behind it, such as {@code ip netns exec}. */
    public static ForkedJvm by(List<String> launcher, Map<String, String> environment, List<String> options,
                               Class<?> main, String... arguments) throws IOException {
        return new ForkedJvm(launcher, environment, options, main.getName(), arguments);
    }

    private ForkedJvm(List<String> launcher, Map<String, String> environment, List<String> options, String main,
                      String... arguments) throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                // None lives long enough for the second compiler.
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classPath()));
        if (Runtime.version().feature() >= 24) {
            // Else the JVM's own warnings would stand in the output.
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(options);
        command.add(main);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        process = builder.start();
    }

    /** The class path of this JVM, also where Maven hides it in a manifest. */
    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** Options for a class path without the libraries in whose path a word occurs. */
    public static List<String> without(String library) {
        return List.of("-cp", Arrays.stream(classPath().split(File.pathSeparator))
                .filter(entry -> !entry.contains(library)).collect(Collectors.joining(File.pathSeparator)));
    }

    /** Ends it as kill -9 does. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Asks it to end, as Ctrl-C does; its output can still be read. */
    public void end() {
        process.toHandle().destroy();
    }

    /** Lets it do nothing any more, as a machine that hangs; it can still be killed. */
    public void suspend() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).inheritIO().start().waitFor();
    }

    /** Whether it still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end; gives exit code and output, a line each. */
    public String result() throws IOException, InterruptedException {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + "\n" + said;
    }

    /**
     * The lines that the main method of a class printed to either stream.
     *
     * @throws AssertionError if it fails
     */
    public static List<String> run(Class<?> main, Map<String, String> environment, String... options) {
        return run(main.getName(), classPath(), environment, options);
    }

    /**
     * The same with another class path.
     *
     * @throws AssertionError if it fails
     */
    public static List<String> run(String main, String classPath, Map<String, String> environment, String... options) {
        List<String> all = new ArrayList<>(List.of("-cp", classPath));
        all.addAll(List.of(options));
        try {
            List<String> lines = new ForkedJvm(List.of(), environment, all, main).result().lines().toList();
            if (!lines.get(0).equals("0")) {
                throw new AssertionError(main + " failed: " + String.join("\n", lines));
            }
            return lines.subList(1, lines.size());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
