package org.segloss4j.cli.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;

/** The folder for copies of files, on the disks that Spark gives to executors; one for all tasks of a job there. */
final class Scratch {

    private Scratch() {
    }

    /**
     * The folder, which is made if needed. It is removed when Spark removes what lies around it, or else when this
     * process ends.
     *
     * @param conf        the settings of Spark
     * @param environment the variables of this process
     * @param job         the name of the job
     */
    static Path folder(SparkConf conf, Map<String, String> environment, String job) throws IOException {
        for (String variable : List.of("SPARK_EXECUTOR_DIRS", "LOCAL_DIRS")) {
            String folders = environment.get(variable);
            if (folders != null && !folders.isBlank()) {
                String separators = variable.equals("LOCAL_DIRS") ? "," : File.pathSeparator;
                return Files.createDirectories(Path.of(folders.split(separators)[0], job));
            }
        }
        String folders = environment.getOrDefault("SPARK_LOCAL_DIRS",
                conf.get("spark.local.dir", System.getProperty("java.io.tmpdir")));
        Path folder = Files.createDirectories(Path.of(folders.split(",")[0], job));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder), "segloss4j-scratch"));
        return folder;
    }

    /** Removes a folder with all that is in it. */
    static void remove(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            // Somebody else removes it, or nobody can.
        }
    }
}
