package org.segloss4j.internal.cuda.budget;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.cuda.PtxDriver;

/** Counts what the launches of cases take, and prints it: {@code mvn -q test-compile exec:exec@budgets}. */
public final class Budgets {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Budgets() {
    }

    /** Names of cases, or all. */
    public static void main(String[] args) throws Exception {
        List<String> names = args.length == 0 || args[0].isBlank()
                ? BudgetCase.ALL.stream().map(BudgetCase::name).toList()
                : Arrays.stream(args).flatMap(a -> Arrays.stream(a.split("[, ]+"))).toList();
        for (CountedCalls.Counted counted : count(names)) {
            print(counted);
        }
    }

    static List<CountedCalls.Counted> count(List<String> names) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("segloss4j-budgets");
        PtxDriver.into(folder);
        List<String> arguments = new ArrayList<>(List.of(folder.resolve("counters").toString()));
        arguments.addAll(names);
        String said = new ForkedJvm(Map.of("LD_LIBRARY_PATH", folder.toString(), "VGPU_COUNTERS",
                folder.resolve("counters").toString(), "VGPU_INITCHECK", "error", "OMP_NUM_THREADS", "1"),
                List.of("-Xmx1g"), CountedCalls.class, arguments.toArray(String[]::new)).result();
        if (!said.startsWith("0\n")) {
            throw new IllegalStateException(said);
        }
        List<CountedCalls.Counted> all = new ArrayList<>();
        for (String line : said.lines().toList()) {
            if (line.startsWith(CountedCalls.MARK)) {
                all.add(JSON.readValue(line.substring(CountedCalls.MARK.length()), CountedCalls.Counted.class));
            }
        }
        return all;
    }

    private static void print(CountedCalls.Counted counted) {
        BudgetCase of = BudgetCase.ALL.stream().filter(c -> c.name().equals(counted.name())).findFirst().orElseThrow();
        double logits = of.logits(CountedCalls.EXAMPLES);
        System.out.println(of.name() + ", by " + counted.compiler());
        for (int k = 0; k < counted.once().size(); k++) {
            Launch a = counted.once().get(k);
            Launch b = counted.twice().get(k);
            System.out.printf(Locale.ROOT, "  %s%n    instr/logit slope %.2f whole %.2f (%.2f)  warp*32 slope %.2f  "
                    + "loads %.2f stores %.2f shared %.2f  bytes/logit %.2f %.2f  %s%n", a.kernel(),
                    (b.threadInstructions() - a.threadInstructions()) / logits, a.threadInstructions() / logits,
                    b.threadInstructions() / logits / 2, 32 * (b.warpInstructions() - a.warpInstructions()) / logits,
                    (double) a.loadedSectors() / a.neededLoads(), (double) a.storedSectors() / a.neededStores(),
                    (double) a.sharedPasses() / a.neededPasses(), 32 * (b.loadedSectors() - a.loadedSectors()) / logits,
                    32 * (b.storedSectors() - a.storedSectors()) / logits, counted.assembled().get(a.kernel()));
        }
    }
}
