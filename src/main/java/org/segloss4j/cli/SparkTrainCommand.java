package org.segloss4j.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.options.LossExpression;
import org.segloss4j.cli.options.TrainOptions;
import org.segloss4j.cli.spark.GivenOption;
import org.segloss4j.cli.spark.SparkTraining;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The driver of a training on Spark. */
@Command(name = "spark-train", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Trains as train does, by several replicas on a Spark 4 cluster: each batch is divided among"
                + " them, and the network is that of train with the same --parts, to the bit. Submit it by"
                + " spark-submit. Folders may be URIs of Hadoop file systems, such as hdfs: or s3a:.")
final class SparkTrainCommand implements Callable<Integer> {

    /** What is not for the replicas. */
    private static final Set<String> OWN = Set.of("--replicas", "--timeout", "--stacktrace");

    private CommandSpec spec;

    @Mixin
    private TrainOptions options;

    @Option(names = "--replicas", paramLabel = "N", description = "How many there are, each a task of its own (default:"
            + " spark.executor.instances, or the threads of a local master).")
    private Integer replicas;

    @Option(names = "--timeout", defaultValue = "60", paramLabel = "SECONDS",
            description = "How long a replica waits for the others before it gives up (default: ${DEFAULT-VALUE}).")
    private int timeout;

    /** Called by picocli; the losses that there are end the help. */
    @Spec
    private void describe(CommandSpec commandSpec) {
        spec = commandSpec;
        spec.usageMessage().footer("", LossExpression.help(), "Paths without a scheme are those of the executors'"
                + " machines, so --out is a folder that all of them share, or a URI.");
    }

    @Override
    public Integer call() {
        options.check();
        if (replicas != null && replicas < 1) {
            throw new UsageException("--replicas is " + replicas + ", but must be at least 1");
        }
        if (timeout < 1) {
            throw new UsageException("--timeout is " + timeout + ", but must be at least 1");
        }
        if (replicas != null) {
            options.parts(replicas);
        }
        requireSpark();
        return new SparkTraining(spec.commandLine().getOut(), spec.commandLine().getErr()).run(ReplicaCommand::train,
                given(), replicas, options::parts, Duration.ofSeconds(timeout));
    }

    /** Whoever has no Spark learns it in one line. */
    static void requireSpark() {
        try {
            Class.forName("org.apache.spark.SparkConf");
        } catch (ClassNotFoundException e) {
            throw new UsageException("Spark is not on the class path: submit this command by spark-submit of Spark 4",
                    e);
        }
    }

    /** The value of an option as it was given: a Path would lose the second slash of a URI. */
    static String original(CommandSpec spec, String name) {
        return spec.commandLine().getParseResult().matchedOption(name).originalStringValues().get(0);
    }

    /** The options that were given, as they were given: a Path would lose the second slash of a URI. */
    private List<GivenOption> given() {
        List<GivenOption> given = new ArrayList<>();
        if (!spec.commandLine().getParseResult().hasMatchedOption("--out")) {
            given.add(new GivenOption("--out", options.out().toString(), true));
        }
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (OWN.contains(option.longestName())) {
                continue;
            }
            boolean isFlag = option.typeInfo().isBoolean();
            for (String value : isFlag ? List.of("") : option.originalStringValues()) {
                given.add(new GivenOption(option.longestName(), isFlag ? null : value,
                        option.typeInfo().getType() == Path.class));
            }
        }
        return given;
    }
}
