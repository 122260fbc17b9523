package org.segloss4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Turns files of results into the README's tables and charts. */
@Command(name = "report", mixinStandardHelpOptions = true,
        description = "Writes the README's tables and the charts in docs/ from the files of results.")
final class Report implements Callable<Integer> {

    @Option(names = "--results", description = "folder of results (default: ${DEFAULT-VALUE})")
    private Path folder = Path.of("bench/results");

    @Option(names = "--readme", description = "file with the markers (default: ${DEFAULT-VALUE})")
    private Path readme = Path.of("README.md");

    @Option(names = "--charts", description = "folder of the charts (default: ${DEFAULT-VALUE})")
    private Path charts = Path.of("docs");

    @Override
    public Integer call() throws IOException {
        Results cpu = Results.at(folder.resolve("cpu.json"));
        Results growth = Results.at(folder.resolve("growth.json"));
        Results step = Results.at(folder.resolve("step.json"));
        String text = Files.readString(readme);
        for (Map.Entry<String, String> section : Map.of("cpu", ReportTables.cpu(cpu), "step", ReportTables.step(step),
                "machine", ReportTables.machine(cpu)).entrySet()) {
            text = replace(text, section.getKey(), section.getValue());
        }
        Files.writeString(readme, text);
        Files.write(charts.resolve("bench-cpu.png"), ReportCharts.cpu(Comparison.all(cpu.rows())));
        Files.write(charts.resolve("bench-growth.png"), ReportCharts.growth(growth.rows()));
        return 0;
    }

    /** Puts a table between {@code <!-- bench:NAME -->} and {@code <!-- /bench:NAME -->}. */
    private static String replace(String text, String name, String table) {
        Matcher section = Pattern.compile("(<!-- bench:" + name + " -->\n).*?(<!-- /bench:" + name + " -->)",
                Pattern.DOTALL).matcher(text);
        if (!section.find()) {
            throw new IllegalStateException("the README has no markers bench:" + name);
        }
        return section.replaceFirst(Matcher.quoteReplacement(section.group(1) + table + section.group(2)));
    }
}
