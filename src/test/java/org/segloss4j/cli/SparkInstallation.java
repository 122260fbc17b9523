package org.segloss4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.segloss4j.Need;

/** Spark as somebody has installed it, the packaged jar, and what goes with it; the profile cluster makes them. */
final class SparkInstallation {

    /** What bin/spark-submit gives to Java, too. */
    private static final List<String> OPENED = List.of("java.base/java.lang", "java.base/java.lang.invoke",
            "java.base/java.lang.reflect", "java.base/java.io", "java.base/java.net", "java.base/java.nio",
            "java.base/java.util", "java.base/java.util.concurrent", "java.base/java.util.concurrent.atomic",
            "java.base/jdk.internal.ref", "java.base/sun.nio.ch", "java.base/sun.nio.cs",
            "java.base/sun.security.action", "java.base/sun.util.calendar", "java.security.jgss/sun.security.krb5");
    private static final Path HOME = Path.of(System.getProperty("segloss4j.test.spark", "target/spark/home"));
    private static final Path APP = Path.of(System.getProperty("segloss4j.test.app", "target/spark/app"));
    private static final Path JAR = Path.of(System.getProperty("segloss4j.test.jar", "target/segloss4j-0.1.0.jar"));
    private static final String COMPILERS = "-XX:TieredStopAtLevel=1";

    private SparkInstallation() {
    }

    static void require() {
        Need.present("spark", !Files.isDirectory(HOME.resolve("jars")) ? HOME + " is not there: mvn -Pcluster verify"
                : Files.exists(JAR) ? null : JAR + " is not there: mvn -Pcluster verify");
    }

    /** A JVM with Spark's jars alone, and its output in a file. */
    static Process java(Path log, Map<String, String> environment, List<String> options, List<String> line)
            throws IOException {
        return builder(environment, options, line).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    private static ProcessBuilder builder(Map<String, String> environment, List<String> options, List<String> line) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", COMPILERS));
        OPENED.forEach(each -> command.add("--add-opens=" + each + "=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", HOME.toAbsolutePath().resolve("jars") + "/*"));
        command.addAll(line);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(Map.of("SPARK_HOME", HOME.toAbsolutePath().toString(), "SPARK_SCALA_VERSION",
                "2.13", "SPARK_LOCAL_IP", "127.0.0.1", "JAVA_HOME", System.getProperty("java.home"),
                "OMP_NUM_THREADS", "1"));
        builder.environment().putAll(environment);
        return builder;
    }

    /**
     * Submits the packaged jar as bin/spark-submit does.
     *
     * @param folder    for its output
     * @param settings  of Spark, such as master=local[2]
     * @param arguments of our command
     */
    static Submitted submit(Path folder, Map<String, String> settings, List<?> arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of("org.apache.spark.deploy.SparkSubmit"));
        Map<String, String> all = new TreeMap<>(Map.of("driver.host", "127.0.0.1", "ui.enabled", "false",
                "executor.memory", "1g", "executor.extraJavaOptions", COMPILERS, "executorEnv.OMP_NUM_THREADS", "1"));
        all.putAll(settings);
        all.forEach((name, value) -> line.addAll(List.of("--conf", "spark." + name + "=" + value)));
        try (Stream<Path> jars = Files.list(APP)) {
            line.addAll(List.of("--jars", jars.map(Path::toAbsolutePath).map(Path::toString).sorted()
                    .collect(Collectors.joining(",")), "--class", Main.class.getName(), JAR.toString()));
        }
        arguments.forEach(each -> line.add(each.toString()));
        Path out = folder.resolve("driver.out");
        Path err = folder.resolve("driver.err");
        Process process = builder(Map.of(), List.of(), line).redirectOutput(out.toFile())
                .redirectError(err.toFile()).start();
        return new Submitted(process, out, err);
    }

    /**
     * A driver that runs.
     *
     * @param process the driver
     * @param outFile what it prints
     * @param errFile what it complains about, in the middle of Spark's log
     */
    record Submitted(Process process, Path outFile, Path errFile) {

        CommandRun result() throws IOException, InterruptedException {
            if (!process.waitFor(4, TimeUnit.MINUTES)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("the driver does not end:\n" + err());
            }
            return new CommandRun(process.exitValue(), out(), complaints());
        }

        String out() throws IOException {
            return Files.readString(outFile, StandardCharsets.UTF_8);
        }

        String err() throws IOException {
            return Files.readString(errFile, StandardCharsets.UTF_8);
        }

        /** Our own lines alone. */
        private String complaints() throws IOException {
            return err().lines().filter(line -> line.startsWith("segloss4j: ")).collect(Collectors.joining("\n"));
        }
    }
}
