package org.segloss4j.bench.gpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.segloss4j.bench.Environment;
import org.segloss4j.bench.Gpu;
import org.segloss4j.bench.GpuTables;
import org.segloss4j.bench.ResultRow;
import org.segloss4j.bench.Results;

/** The results of one run as a file, rewritten after each row, and on the console. */
final class BenchReport {

    private final Results results;
    private final Environment environment;

    BenchReport(Path file, Gpu gpu) {
        results = Results.anew(file);
        try {
            environment = Environment.here(System.getProperty("bench.command", "GpuBench"), gpu);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.out.println(environment);
    }

    /** Adds a row and shows it. */
    void row(BenchRow made) {
        ResultRow row = made.done();
        results.put(row);
        System.out.println(row.benchmark() + ": " + row);
        try {
            results.write(environment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Prints all as tables. */
    void print() {
        System.out.println("\n" + GpuTables.all(results.rows()));
    }

    /** How many rows are wrong. */
    long wrong() {
        return results.rows().stream().filter(ResultRow::wrong).count();
    }
}
