package org.segloss4j.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Backends;
import org.segloss4j.Backends.Availability;
import org.segloss4j.Backends.Selection;
import org.segloss4j.cli.report.Versions;
import org.segloss4j.internal.build.Build;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tells what there is and what is used, even where much is missing. */
@Command(name = "info", mixinStandardHelpOptions = true,
        description = "Prints versions, backends and why one is missing.")
final class InfoCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter print = spec.commandLine().getOut();
        line(print, "SegLoss4J", Build.version());
        line(print, "ND4J", Versions.nd4j());
        line(print, "DL4J", Versions.dl4j());
        line(print, "Java", Versions.java());
        line(print, "system", Versions.system());
        line(print, "memory", Runtime.getRuntime().maxMemory() / (1 << 20) + " MiB for the Java heap");
        line(print, "processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        line(print, "ND4J runs on", nd4jBackend());
        boolean onDevices = onDevices();
        String limits = limits(onDevices, Versions.nd4j());
        if (limits != null) {
            line(print, "", limits);
        }
        print.println();
        print.println("backends of the losses");
        List<Availability> all = Backends.availability();
        for (Availability backend : all) {
            line(print, "  " + backend.name(), backend.available() ? "available"
                    : "not available: " + backend.cause());
        }
        line(print, "  selected", selection(onDevices));
        print.printf("%nCUDA%n");
        CudaAvailability.report().forEach(text -> print.println("  " + text));
        print.flush();
        return 0;
    }

    private static void line(PrintWriter print, String what, String value) {
        print.printf("%-13s %s%n", what, value);
    }

    /** For the arrays of this ND4J; those of the host are small ones. */
    private static String selection(boolean onDevices) {
        try {
            Selection selection = Backends.selection(onDevices, 0);
            String name = selection.name();
            return name + " (" + selection.reason() + ")" + (name.equals("cpu") ? ", " + threads() : "");
        } catch (IllegalStateException | IllegalArgumentException e) {
            return "none: " + e.getMessage();
        }
    }

    private static String threads() {
        int threads = CpuBackend.threads();
        return threads == 1 ? "1 thread" : threads + " threads";
    }

    private static boolean onDevices() {
        try {
            return Nd4jMemory.here().onDevices();
        } catch (LinkageError | RuntimeException e) {
            // Said already where ND4J's backend stands.
            return false;
        }
    }

    /** What ND4J's CUDA backend does not run on, or null: its own errors do not say it. */
    static String limits(boolean onDevices, String nd4j) {
        return onDevices && nd4j.startsWith("1.0.0-M2") ? "which has code for compute capability 3.7 to 8.6 only, none"
                + " for newer GPUs such as the H100" : null;
    }

    /** ND4J's backend with its threads, or why there is none. */
    private static String nd4jBackend() {
        try {
            String name = Nd4j.getBackend().getClass().getSimpleName();
            return name + ", " + Nd4j.getEnvironment().maxThreads() + " threads";
        } catch (LinkageError | RuntimeException e) {
            // The cause of all others says why it failed.
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
            return "nothing: " + (cause.getClass().getSimpleName() + message).replaceAll("\\s*\\R\\s*", " ");
        }
    }
}
