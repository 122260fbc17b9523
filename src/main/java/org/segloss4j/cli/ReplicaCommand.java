package org.segloss4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.options.TrainOptions;
import org.segloss4j.replicas.Replicas;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** One replica of a training, whatever has brought the replicas together. */
@Command(name = "train")
final class ReplicaCommand implements Callable<Integer> {

    private final Replicas replicas;
    private final Consumer<Path> written;

    @Spec
    private CommandSpec spec;

    @Mixin
    private TrainOptions options;

    private ReplicaCommand(Replicas replicas, Consumer<Path> written) {
        this.replicas = replicas;
        this.written = written;
    }

    /**
     * Trains. Whatever goes wrong is thrown.
     *
     * @param arguments of train
     * @param replicas  this one and the others
     * @param written   is told of each checkpoint when it is complete
     * @param out       receives what people read
     * @param err       receives complaints
     * @return the exit code
     */
    static int train(List<String> arguments, Replicas replicas, Consumer<Path> written, PrintWriter out,
                     PrintWriter err) {
        CommandLine line = new CommandLine(new ReplicaCommand(replicas, written)).setOut(out).setErr(err);
        // What a handler throws, picocli prints.
        List<Exception> failures = new ArrayList<>();
        line.setExecutionExceptionHandler((exception, command, result) -> {
            failures.add(exception);
            return 1;
        });
        line.setParameterExceptionHandler((exception, given) -> {
            failures.add(new UsageException(exception.getMessage(), exception));
            return 2;
        });
        int code = line.execute(arguments.toArray(String[]::new));
        if (failures.isEmpty()) {
            return code;
        }
        throw failures.get(0) instanceof RuntimeException unchecked ? unchecked
                : new IllegalStateException(failures.get(0));
    }

    @Override
    public Integer call() {
        options.check();
        return new TrainingJob(options, spec, replicas, written).run();
    }
}
