package org.segloss4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Turns files of results into the tables and charts of docs/benchmarks.md. */
@Command(name = "report", mixinStandardHelpOptions = true,
        description = "Writes the tables of docs/benchmarks.md and the charts beside it from the files of results.")
final class Report implements Callable<Integer> {

    @Option(names = "--results", description = "folder of results (default: ${DEFAULT-VALUE})")
    private Path folder = Path.of("bench/results");

    @Option(names = "--page", description = "file with the markers (default: ${DEFAULT-VALUE})")
    private Path page = Path.of("docs/benchmarks.md");

    @Option(names = "--charts", description = "folder of the charts (default: ${DEFAULT-VALUE})")
    private Path charts = Path.of("docs");

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Results cpu = results("cpu");
        Results growth = results("growth");
        Results gpu = results("gpu");
        Results peers = results("pytorch");
        if (!Files.exists(page)) {
            throw new ParameterException(spec.commandLine(), "there is no " + page);
        }
        Files.createDirectories(charts);
        if (!cpu.rows().isEmpty()) {
            Files.write(charts.resolve("bench-cpu.png"), ReportCharts.cpu(Comparison.all(cpu.rows())));
        }
        if (!growth.rows().isEmpty()) {
            Files.write(charts.resolve("bench-growth.png"), ReportCharts.growth(growth.rows()));
        }
        Optional<byte[]> picture = GpuChart.of(gpu.rows(), GpuTables.peers(gpu, peers));
        if (picture.isPresent()) {
            Files.write(charts.resolve("bench-gpu.png"), picture.get());
        }
        String text = Files.readString(page);
        for (Map.Entry<String, String> section : Map.of("cpu", ReportTables.cpu(cpu),
                "step", ReportTables.step(results("step")),
                "overhead", ReportTables.overhead(results("overhead")), "machine", ReportTables.machine(cpu),
                "gpu", GpuTables.section(gpu, peers) + (picture.isEmpty() ? ""
                        : "\n![time of value and gradient beside the floor](bench-gpu.png)\n")).entrySet()) {
            text = replace(text, section.getKey(), section.getValue());
        }
        Files.writeString(page, text);
        return 0;
    }

    private Results results(String name) throws IOException {
        return Results.at(folder.resolve(name + ".json"));
    }

    /** Puts a table between {@code <!-- bench:NAME -->} and {@code <!-- /bench:NAME -->}. */
    private static String replace(String text, String name, String table) {
        Matcher section = Pattern.compile("(<!-- bench:" + name + " -->\n).*?(<!-- /bench:" + name + " -->)",
                Pattern.DOTALL).matcher(text);
        if (!section.find()) {
            throw new IllegalStateException("the page has no markers bench:" + name);
        }
        return section.replaceFirst(Matcher.quoteReplacement(section.group(1) + table + section.group(2)));
    }
}
