package org.segloss4j.cli;

import java.util.concurrent.Callable;
import org.segloss4j.cli.spark.SparkCounting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Class weights from masks that are counted on Spark. */
@Command(name = "spark-weights", mixinStandardHelpOptions = true,
        description = "Class weights as weights prints them, from masks that a Spark 4 cluster counts, in a folder that"
                + " may be the URI of a Hadoop file system. Submit it by spark-submit.")
final class SparkWeightsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private WeightsCommand weights;

    @Override
    public Integer call() {
        SparkTrainCommand.requireSpark();
        String masks = SparkTrainCommand.original(spec, "--masks");
        boolean recursive = spec.commandLine().getParseResult().hasMatchedOption("--recursive");
        return SparkCounting.run(masks, recursive, (folder, counter) -> weights.weights(spec, folder, counter));
    }
}
