package org.segloss4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A standalone Spark cluster of this machine: a master and two workers of one core, each with one invented GPU. */
final class SparkCluster implements AutoCloseable {

    private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");

    private final Path folder;
    private final List<Process> processes = new ArrayList<>();
    private final String master;

    private SparkCluster(Path folder, Map<String, String> environment) throws IOException {
        this.folder = folder;
        Path log = folder.resolve("master.log");
        processes.add(SparkInstallation.java(log, Map.of(), List.of(), List.of(
                "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")));
        await("the master starts", () -> matcher(log).find());
        Matcher found = matcher(log);
        found.find();
        master = found.group(1);
        for (int k = 0; k < 2; k++) {
            Path script = Files.createFile(folder.resolve("gpus" + k + ".sh"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"" + k + "\"]}'\n");
            processes.add(SparkInstallation.java(workerLog(k), environment, List.of(
                    "-Dspark.worker.resource.gpu.amount=1", "-Dspark.worker.resource.gpu.discoveryScript=" + script),
                    List.of("org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", "0",
                            "--cores", "1", "--memory", "2g", "--work-dir", workFolder(k).toString(), master)));
        }
        for (int k = 0; k < 2; k++) {
            Path worker = workerLog(k);
            await("worker " + k + " starts", () -> read(worker).contains("Successfully registered with master"));
        }
    }

    /** Starts it. */
    static SparkCluster start(Path folder, Map<String, String> environment) throws IOException {
        return new SparkCluster(folder, environment);
    }

    private Path workerLog(int worker) {
        return folder.resolve("worker" + worker + ".log");
    }

    private Path workFolder(int worker) {
        return folder.resolve("work" + worker);
    }

    private static Matcher matcher(Path log) {
        return MASTER.matcher(read(log));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    /** Waits until something is so. */
    static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not in two minutes: " + what);
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** One executor on each worker, with one task and one GPU. */
    Map<String, String> settings() {
        return new TreeMap<>(Map.of("master", master, "executor.instances", "2", "executor.cores", "1", "cores.max",
                "2", "executor.resource.gpu.amount", "1", "task.resource.gpu.amount", "1"));
    }

    /** The executors that run. */
    List<ProcessHandle> executors() {
        return processes.stream().flatMap(each -> each.toHandle().descendants()).filter(each -> each.info()
                .commandLine().orElse("").contains("CoarseGrainedExecutorBackend")).toList();
    }

    @Override
    public void close() {
        executors().forEach(ProcessHandle::destroyForcibly);
        processes.forEach(Process::destroyForcibly);
    }
}
