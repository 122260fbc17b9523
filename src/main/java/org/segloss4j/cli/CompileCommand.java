package org.segloss4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.AheadOfTime;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compiles kernels ahead of time. */
@Command(name = "compile", mixinStandardHelpOptions = true,
        description = "Compile the CUDA kernels ahead of time, into the cache or to files; needs no GPU.")
final class CompileCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--arch", required = true, split = ",", paramLabel = "ARCH",
            description = "Architectures, like sm_80,sm_90.")
    private List<String> architectures;

    @Option(names = "--out", paramLabel = "DIR", description = "Write the files here, too.")
    private Path out;

    @Option(names = "--ptx", description = "Make PTX, which newer GPUs run, too, instead of machine code; needs --out.")
    private boolean ptx;

    @Option(names = "--classes", split = ",", defaultValue = "0", paramLabel = "C",
            description = "Numbers of classes; 0 is one set of kernels for any number (default: ${DEFAULT-VALUE}).")
    private List<Integer> classes;

    @Option(names = "--types", split = ",", defaultValue = "float", paramLabel = "TYPE",
            description = "Types of predictions: float, double, half, bfloat16 (default: ${DEFAULT-VALUE}).")
    private List<String> types;

    @Override
    public Integer call() {
        if (ptx && out == null) {
            throw new UsageException("--ptx needs --out: the cache holds what GPUs here load, which is machine code");
        }
        List<String> targets = new ArrayList<>();
        for (String architecture : architectures) {
            if (!architecture.matches("sm_\\d{2,3}")) {
                throw new UsageException("--arch: " + architecture + " is no architecture like sm_80");
            }
            targets.add(ptx ? architecture.replace("sm_", "compute_") : architecture);
        }
        if (out != null) {
            new OutputFolder(out).check();
        }
        AheadOfTime kernels = kernels();
        CompileProgress progress = new CompileProgress(kernels.size() * targets.size(), spec.commandLine().getErr());
        try {
            if (out == null) {
                kernels.checkCache();
            }
            progress.start();
            Map<String, byte[]> files = kernels.compile(targets, progress::done);
            if (out != null) {
                new OutputFolder(out).write(files);
            }
        } catch (IllegalArgumentException | IllegalStateException | KernelCompilationException e) {
            throw new UserException(e.getMessage(), e);
        }
        spec.commandLine().getOut().println(progress.count() + " kernels for " + String.join(", ", targets) + " in "
                + (out == null ? AheadOfTime.cache() : out));
        spec.commandLine().getOut().flush();
        return 0;
    }

    private AheadOfTime kernels() {
        List<ElementType> elements = types.stream().map(CompileCommand::type).toList();
        try {
            return AheadOfTime.of(classes, elements);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        } catch (IllegalStateException | KernelCompilationException e) {
            throw new UserException(e.getMessage(), e);
        }
    }

    private static ElementType type(String name) {
        try {
            return ElementType.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--types: " + name + " is none of float, double, half and bfloat16", e);
        }
    }
}
