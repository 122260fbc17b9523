package org.segloss4j.internal.cuda.budget;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.cuda.PtxDriver;
import org.segloss4j.internal.cuda.compile.NvccCompiler;
import org.segloss4j.internal.cuda.compile.NvrtcLibrary;

/**
 * Counts what the launches of losses cost, by every compiler that is here, and prints it.
 *
 * <p>{@code mvn -q test-compile exec:exec@budgets -Dbudgets.args="19-float 1-sigmoid"}
 *
 * <p>Without names all cases are counted; {@code --write} keeps the numbers.
 */
public final class Budgets {

    private static final String WRITE = "--write";
    private static final ObjectMapper JSON = new ObjectMapper();

    private Budgets() {
    }

    /** Names of cases, and whether to keep the numbers. */
    public static void main(String[] args) throws IOException, InterruptedException {
        List<BudgetCase> cases = Arrays.stream(args).filter(word -> !word.equals(WRITE)).map(BudgetCase::named)
                .toList();
        List<BudgetCase> wanted = cases.isEmpty() ? BudgetCase.ALL : cases;
        List<Budget> counted = new ArrayList<>(count(wanted));
        counted.addAll(countByNvcc(wanted));
        System.out.println("Counted and computed, not measured.\n\n" + BudgetTable.tables(counted));
        if (List.of(args).contains(WRITE)) {
            BudgetFile kept = BudgetFile.read(BudgetFile.KEPT).with(counted);
            kept.write(BudgetFile.KEPT);
            Files.writeString(BudgetTable.PAGE, BudgetTable.page(kept));
        }
    }

    /** Counts by the compiler that a user of this class path gets. */
    static List<Budget> count(List<BudgetCase> cases) throws IOException, InterruptedException {
        return count(cases, List.of());
    }

    /** Counts by nvcc where it is not the compiler that a user gets. */
    static List<Budget> countByNvcc(List<BudgetCase> cases) throws IOException, InterruptedException {
        return NvccCompiler.find().cause() == null && NvrtcLibrary.compiler().cause() == null
                ? count(cases, ForkedJvm.without("cuda-redist")) : List.of();
    }

    private static List<Budget> count(List<BudgetCase> cases, List<String> options)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("segloss4j-budgets");
        try {
            PtxDriver.into(folder);
            String counters = folder.resolve("counters").toString();
            String said = new ForkedJvm(Map.of("LD_LIBRARY_PATH", folder.toString(), "VGPU_COUNTERS", counters,
                    "VGPU_SMS", Integer.toString(CountedCalls.MULTIPROCESSORS), "VGPU_INITCHECK", "error",
                    "OMP_NUM_THREADS", "1"),
                    Stream.concat(Stream.of("-Xmx1g"), options.stream()).toList(), CountedCalls.class,
                    Stream.concat(Stream.of(counters), cases.stream().map(BudgetCase::name)).toArray(String[]::new))
                    .result();
            if (!said.startsWith("0\n")) {
                throw new IllegalStateException("counting fails: " + said);
            }
            List<Budget> all = new ArrayList<>();
            for (String line : said.lines().filter(text -> text.startsWith(CountedCalls.MARK)).toList()) {
                all.add(Budget.of(JSON.readValue(line.substring(CountedCalls.MARK.length()), Counted.class)));
            }
            return all;
        } finally {
            Files.deleteIfExists(folder.resolve("counters"));
            Files.deleteIfExists(folder.resolve("libcuda.so.1"));
            Files.delete(folder);
        }
    }
}
