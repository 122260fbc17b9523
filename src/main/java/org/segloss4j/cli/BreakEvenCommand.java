package org.segloss4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.segloss4j.Backends;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.options.ActivationOption;
import org.segloss4j.cli.report.TextTable;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Finds out from which size on arrays of the host gain from this machine's GPU. */
@Command(name = "break-even", mixinStandardHelpOptions = true,
        description = "Times the CPU against the GPU on arrays in the host's memory, prints the setting that divides"
                + " them, and keeps it for train on this machine.")
final class BreakEvenCommand implements Callable<Integer> {

    private static final int SMALLEST = 1 << 10;

    @Spec
    private CommandSpec spec;

    private static final int CLASSES = 19;

    @Mixin
    private ActivationOption activation;

    @Option(names = "--classes", paramLabel = "C",
            description = "Number of classes (default: 19, or 2 under a sigmoid).")
    private Integer given;

    @Option(names = "--largest", defaultValue = "33554432", paramLabel = "LOGITS",
            description = "Logits of the largest batch, in steps of 2 (default: ${DEFAULT-VALUE}).")
    private long largest;

    @Override
    public Integer call() {
        int classes = given != null ? given : activation.sigmoid() ? 2 : CLASSES;
        if (classes < 2 || classes > 256) {
            throw new UsageException("--classes is " + classes + ", but must be 2 to 256");
        }
        int channels = activation.channels(classes);
        if (largest < SMALLEST) {
            throw new UsageException("--largest is " + largest + ", but must be at least " + SMALLEST);
        }
        String cause = CudaAvailability.cause();
        if (cause != null) {
            throw new UserException("there is nothing to compare: cuda is not available: " + cause);
        }
        if (Nd4jMemory.here().onDevices()) {
            throw new UserException("ND4J's arrays are on a CUDA device here, where auto leaves them whatever their"
                    + " size; to compare, run ND4J on the CPU (nd4j-native)");
        }
        PrintWriter print = spec.commandLine().getOut();
        OptionalLong from = print(new BreakEven(new CpuBackend(), CudaAvailability.backend(), channels), channels,
                largest, print);
        print.println(MeasuredThresholds.keep(channels, from, largest));
        print.flush();
        return 0;
    }

    /** Measures size after size, and prints and returns from which on the GPU is the faster one. */
    static OptionalLong print(BreakEven measured, int channels, long largest, PrintWriter print) {
        List<BreakEven.Row> rows = new ArrayList<>();
        TextTable table = new TextTable(List.of("logits", "cpu ms", "cuda ms", "cpu / cuda"));
        for (long logits = SMALLEST; logits <= largest; logits *= 2) {
            BreakEven.Row row = measured.measure(Math.max(1, logits / channels));
            rows.add(row);
            table.row(row.cells());
        }
        CudaAvailability.report().stream().filter(line -> line.startsWith("device 0")).forEach(print::println);
        print.println("processors: " + Runtime.getRuntime().availableProcessors() + ", "
                + MeasuredThresholds.channels(channels) + ", medians of loss and gradient on arrays of the host");
        print.print(table);
        OptionalLong from = BreakEven.of(rows);
        print.println(from.isPresent() ? "cuda is faster from there on: -D" + Backends.THRESHOLD + "="
                + from.getAsLong() : "cuda is not faster up to " + rows.get(rows.size() - 1).logits()
                + " logits: leave -D" + Backends.THRESHOLD + " unset");
        print.flush();
        return from;
    }
}
