package org.segloss4j.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.segloss4j.bench.OverheadBenchmark.Caller;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a suite of benchmarks and adds what was measured to a file of results. */
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Runs a suite of benchmarks.",
        subcommands = {Report.class, LossPictures.class, CatalogueBench.class})
final class Bench implements Callable<Integer> {

    private static final String OVERHEAD_SHAPE = "8x3x128x128";

    /** What to run. */
    @Parameters(paramLabel = "SUITE", arity = "0..1", description = "${COMPLETION-CANDIDATES}")
    private Suite suite;

    /** Where results go. */
    @Option(names = "--out", description = "JSON file that results are added to (default: bench/results/SUITE.json)")
    private Path out;

    /** Part of the names of the workloads to run. */
    @Option(names = "--only", description = "only workloads whose name contains this, e.g. 8x19 or jaccard")
    private String only = "";

    /** Seconds per iteration. */
    @Option(names = "--seconds", description = "per iteration (default: ${DEFAULT-VALUE})")
    private double seconds = 1;

    /** Where arrays are made. */
    @Option(names = "--memory", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private LossBenchmark.Memory memory = LossBenchmark.Memory.WORKSPACE;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
    }

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, RunnerException {
        if (suite == null) {
            // Not required by the annotation, which would hold for the subcommand, too.
            throw new ParameterException(spec.commandLine(), "name a suite, report, pictures or catalogue");
        }
        Results results = Results.at(out != null ? out
                : Path.of("bench/results", suite.name().toLowerCase(Locale.ROOT) + ".json"));
        for (Suite.Entry entry : suite.entries()) {
            Workload workload = entry.workload();
            if (!JmhRow.name(workload).contains(only)) {
                continue;
            }
            for (Contender contender : entry.contenders()) {
                String cause = contender.causeAgainst(workload);
                if (cause != null) {
                    System.out.println(contender + " " + JmhRow.name(workload) + ": not run: " + cause);
                    continue;
                }
                keep(run(workload, contender), results);
            }
        }
        for (Head head : suite == Suite.STEP || suite == Suite.SMOKE ? Head.values() : new Head[0]) {
            String shape = suite == Suite.SMOKE ? "1x3x8x8" : "4x4x64x64";
            if (!JmhRow.name(head).contains(only)) {
                continue;
            }
            RunResult result = run(StepBenchmark.class, options -> options.param("head", head.name())
                    .param("shape", shape));
            keep(JmhRow.ofStep(head, shape, result), results);
            keep(JmhRow.ofShare(head, shape, result), results);
        }
        for (Caller caller : suite == Suite.OVERHEAD || suite == Suite.SMOKE ? Caller.values() : new Caller[0]) {
            for (Problem problem : List.of(Problem.JACCARD, Problem.DICE_CE_FOCAL)) {
                if (JmhRow.name(caller, problem).contains(only)) {
                    keep(JmhRow.ofOverhead(caller, problem, OVERHEAD_SHAPE, run(OverheadBenchmark.class, options ->
                            options.param("caller", caller.name()).param("problem", problem.name())
                                    .param("shape", OVERHEAD_SHAPE))), results);
                }
            }
        }
        return 0;
    }

    private void keep(ResultRow row, Results results) throws IOException {
        System.out.println(row);
        if (suite != Suite.SMOKE) {
            results.put(row);
            results.write(Environment.here("mvn -Pbench test-compile exec:exec@bench -Dbench.args=SUITE", null));
        }
    }

    private ResultRow run(Workload workload, Contender contender) throws RunnerException {
        return JmhRow.of(workload, contender, memory, run(LossBenchmark.class, options -> options
                .param("contender", contender.name()).param("problem", workload.problem().name())
                .param("shape", JmhRow.shape(workload)).param("layout", workload.layout().name())
                .param("element", workload.element().name()).param("memory", memory.name())));
    }

    private RunResult run(Class<?> benchmark, Consumer<ChainedOptionsBuilder> parameters) throws RunnerException {
        TimeValue time = TimeValue.milliseconds((long) (1000 * seconds));
        boolean smoke = suite == Suite.SMOKE;
        boolean overhead = benchmark == OverheadBenchmark.class;
        ChainedOptionsBuilder options = new OptionsBuilder().include(benchmark.getName() + "\\.")
                // Where the processors are busy it is long before microseconds run as they are compiled.
                .warmupTime(time).measurementTime(time).warmupIterations(smoke ? 1 : overhead ? 12 : 3)
                .measurementIterations(smoke ? 1 : 5)
                // The driver that does nothing must not be met by others.
                .forks(smoke && !overhead ? 0 : 1)
                .jvmArgsAppend("-Xmx6g", "-Dorg.bytedeco.javacpp.maxbytes=12G",
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=20G",
                        // Of a step ND4J's part has one thread, too.
                        "-Dsegloss4j.threads=" + (benchmark == StepBenchmark.class ? 1
                                : Runtime.getRuntime().availableProcessors()))
                .shouldFailOnError(true).verbosity(VerboseMode.SILENT).addProfiler(GCProfiler.class);
        parameters.accept(options);
        return List.copyOf(new Runner(options.build()).run()).get(0);
    }
}
