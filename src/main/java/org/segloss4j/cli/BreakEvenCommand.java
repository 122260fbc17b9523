package org.segloss4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.segloss4j.Backends;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.report.TextTable;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Finds out from which size on arrays of the host gain from this machine's GPU. */
@Command(name = "break-even", mixinStandardHelpOptions = true,
        description = "Times the CPU against the GPU on arrays in the host's memory, and prints the setting that"
                + " divides them.")
final class BreakEvenCommand implements Callable<Integer> {

    private static final int SMALLEST = 1 << 10;

    @Spec
    private CommandSpec spec;

    @Option(names = "--classes", defaultValue = "19", paramLabel = "C",
            description = "Number of classes (default: ${DEFAULT-VALUE}).")
    private int classes;

    @Option(names = "--largest", defaultValue = "33554432", paramLabel = "LOGITS",
            description = "Logits of the largest batch, in steps of 2 (default: ${DEFAULT-VALUE}).")
    private long largest;

    @Override
    public Integer call() {
        if (classes < 1 || classes > 256) {
            throw new UsageException("--classes is " + classes + ", but must be 1 to 256");
        }
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
        print(new BreakEven(new CpuBackend(), CudaAvailability.backend(), classes), classes, largest,
                spec.commandLine().getOut());
        return 0;
    }

    /** Measures size after size and prints them all, and the setting. */
    static void print(BreakEven measured, int classes, long largest, PrintWriter print) {
        List<BreakEven.Row> rows = new ArrayList<>();
        TextTable table = new TextTable(List.of("logits", "cpu ms", "cuda ms", "cpu / cuda"));
        for (long logits = SMALLEST; logits <= largest; logits *= 2) {
            BreakEven.Row row = measured.measure(Math.max(1, logits / classes));
            rows.add(row);
            table.row(row.cells());
        }
        CudaAvailability.report().stream().filter(line -> line.startsWith("device 0")).forEach(print::println);
        print.println("processors: " + Runtime.getRuntime().availableProcessors() + ", classes: " + classes
                + ", medians of loss and gradient on arrays of the host");
        print.print(table);
        OptionalLong from = BreakEven.of(rows);
        print.println(from.isPresent() ? "cuda is faster from there on: -D" + Backends.THRESHOLD + "="
                + from.getAsLong() : "cuda is not faster up to " + rows.get(rows.size() - 1).logits()
                + " logits: leave -D" + Backends.THRESHOLD + " unset");
        print.flush();
    }
}
