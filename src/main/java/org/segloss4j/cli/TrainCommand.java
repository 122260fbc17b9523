package org.segloss4j.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import org.segloss4j.cli.options.LossExpression;
import org.segloss4j.cli.options.ReplicaOptions;
import org.segloss4j.cli.options.TrainOptions;
import org.segloss4j.internal.build.Build;
import org.segloss4j.replicas.Replicas;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Trains a small U-Net on built-in shapes or on folders of images and masks. */
@Command(name = "train", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Trains a small U-Net: on built-in shapes, or on your images and masks. ND4J computes the"
                + " network; the loss goes to a GPU where break-even has found it to be faster there.")
final class TrainCommand implements Callable<Integer> {

    private CommandSpec spec;

    @Mixin
    private TrainOptions options;

    @Mixin
    private ReplicaOptions replicaOptions;

    /** Called by picocli; the losses that there are end the help. */
    @Spec
    private void describe(CommandSpec commandSpec) {
        spec = commandSpec;
        spec.usageMessage().footer("", LossExpression.help(),
                "Writes model.zip, the network of the best epoch (for predict, evaluate and DL4J's ModelSerializer),"
                        + " last.zip, to go on from, metrics.csv, samples.png and report.html.");
    }

    @Override
    public Integer call() {
        options.check();
        replicaOptions.check();
        options.parts(replicaOptions.size());
        if (!replicaOptions.given()) {
            return new TrainingJob(options, spec).run();
        }
        try (Replicas replicas = replicaOptions.connect(Map.of("version", Build.version()))) {
            return new TrainingJob(options, spec, replicas).run();
        }
    }
}
