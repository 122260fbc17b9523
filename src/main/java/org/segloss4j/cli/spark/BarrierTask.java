package org.segloss4j.cli.spark;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.util.SerializableConfiguration;
import org.segloss4j.Backends;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.replicas.Replicas;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/**
 * One task of a barrier stage, which is one replica: finds its GPU, copies what lies in Hadoop file systems, meets the
 * others and runs the command. It is sent to the executors.
 */
final class BarrierTask extends AbstractFunction1<Iterator<Integer>, Iterator<TaskReport>> implements Serializable {

    private static final long serialVersionUID = 1L;
    /** What Spark calls the executor of a local master. */
    private static final String DRIVER = "driver";

    private final ReplicaMain main;
    private final ArrayList<GivenOption> arguments;
    private final String job;
    private final byte[] secret;
    private final Duration timeout;
    private final SerializableConfiguration hadoop;

    /**
     * Prepares the task.
     *
     * @param main      the command
     * @param arguments its options
     * @param job       the name of the job, which no other one has
     * @param secret    what the replicas prove to each other
     * @param timeout  how long a replica waits for the others
     * @param hadoop    the settings of the file systems
     */
    BarrierTask(ReplicaMain main, List<GivenOption> arguments, String job, byte[] secret, Duration timeout,
                Configuration hadoop) {
        this.main = main;
        this.arguments = new ArrayList<>(arguments);
        this.job = job;
        this.secret = secret.clone();
        this.timeout = timeout;
        this.hadoop = new SerializableConfiguration(hadoop);
    }

    @Override
    public Iterator<TaskReport> apply(Iterator<Integer> partition) {
        BarrierTaskContext context = BarrierTaskContext.get();
        try {
            return CollectionConverters.asScala(List.of(run(context)).iterator());
        } catch (UserException e) {
            throw new RefusedException(e.getMessage(), e);
        } catch (IOException e) {
            throw new RefusedException(Staging.reason(e), e);
        }
    }

    private TaskReport run(BarrierTaskContext context) throws IOException {
        int rank = context.partitionId();
        Tee told = new Tee(System.out);
        // The log of the executor has it while the task runs, the driver when it is done.
        PrintWriter out = new PrintWriter(told, true);
        AssignedDevice device = AssignedDevice.of(context.resourcesJMap(), System.getenv(AssignedDevice.VISIBLE),
                System.getProperty(Backends.DEVICE));
        device.use();
        String host = host(context);
        out.printf("rank %d of %d: host %s, executor %s, %s%n", rank, context.numPartitions(), host,
                SparkEnv.get().executorId(), device.describe());

        Path scratch = Scratch.folder(SparkEnv.get().conf(), System.getenv(), job);
        Staging staging = new Staging(hadoop.value(), scratch, note -> out.printf("rank %d: %s%n", rank, note));
        Results results = Results.of(value("--out"), hadoop.value(), scratch);
        results.fetch();
        boolean again = context.stageAttemptNumber() > 0;
        List<String> line = line(staging, results, again);
        Consumer<Path> written = file -> results.written(file, job);
        Tee complaints = new Tee(System.err);
        int code;
        Map<String, String> same = Map.of("the job", job, "the attempt",
                Integer.toString(context.stageAttemptNumber()));
        try (Replicas replicas = Rendezvous.of(context, host, same, secret, timeout)) {
            code = main.run(line, replicas, written, out, new PrintWriter(complaints, true));
        } catch (UserException e) {
            throw new RefusedException(staging.shown(results.shown(e.getMessage())), e);
        }
        if (code != 0 && complaints.toString().isBlank()) {
            // Another executor may go on from what was saved.
            throw new IllegalStateException("stopped, since an executor was asked to end; the state is saved");
        }
        if (code != 0) {
            throw new RefusedException(staging.shown(results.shown(oneLine(complaints.toString()))), null);
        }
        if (rank == 0) {
            results.finish();
        }
        // A local master's task has printed where the driver does.
        boolean isDriver = SparkEnv.get().executorId().equals(DRIVER);
        return new TaskReport(rank, isDriver ? "" : staging.shown(results.shown(told.toString())));
    }

    private static String oneLine(String complaints) {
        return complaints.lines().map(line -> line.replaceFirst("^segloss4j: ", "")).collect(Collectors.joining("; "));
    }

    /** The name by which the other executors reach this one. */
    private static String host(BarrierTaskContext context) {
        String address = context.getTaskInfos()[context.partitionId()].address();
        int colon = address.lastIndexOf(':');
        return colon < 0 || address.indexOf(':') != colon && !address.startsWith("[") ? address
                : address.substring(0, colon).replaceAll("[\\[\\]]", "");
    }

    private String value(String name) {
        return arguments.stream().filter(argument -> argument.name().equals(name)).map(GivenOption::value)
                .reduce((first, last) -> last).orElseThrow();
    }

    /** The command's line on this machine. A later attempt goes on from what an earlier one of this job has left. */
    private List<String> line(Staging staging, Results results, boolean again) {
        boolean recursive = arguments.stream().anyMatch(argument -> argument.name().equals("--recursive"));
        boolean resumes = arguments.stream().anyMatch(argument -> argument.name().equals("--resume"));
        List<String> line = new ArrayList<>();
        for (GivenOption argument : arguments) {
            if (argument.name().equals("--out")) {
                line.add("--out=" + results.local());
            } else if (argument.isPath()) {
                line.add(argument.name() + "=" + staging.local(argument.name(), argument.value(), recursive));
            } else if (!again || resumes || !argument.name().equals("--overwrite")) {
                line.add(argument.text());
            }
        }
        if (again && !resumes) {
            line.add(results.isOf(job) ? "--resume" : "--overwrite");
        }
        return line;
    }
}
