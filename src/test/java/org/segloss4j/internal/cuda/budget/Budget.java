package org.segloss4j.internal.cuda.budget;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What value and gradient of a case cost by the PTX of a compiler. Everything is counted or computed; no time here was
 * measured. Times are those of an H100, of which 132 multiprocessors issue four instructions of warps in each of
 * 1.755 · 10⁹ cycles a second and copies move 3022 GB/s, which is the copy bandwidth measured on one.
 *
 * @param name     of the case
 * @param compiler name and version
 * @param shape    of the logits whose times are computed
 * @param issueMs  to issue the instructions, if nothing else had to be waited for
 * @param memoryMs to move the distinct bytes of each launch, at the bandwidth of copies
 * @param floorMs  to read logits, labels and mask once and to write the gradient once, at that bandwidth
 * @param launches in order
 */
record Budget(String name, String compiler, String shape, double issueMs, double memoryMs, double floorMs,
              List<LaunchBudget> launches) {

    private static final int MULTIPROCESSORS = 132;
    private static final double ISSUED_PER_MS = MULTIPROCESSORS * 4 * 1.755e6;
    private static final double BYTES_PER_MS = 3022e6;

    static Budget of(Counted counted) {
        BudgetCase of = BudgetCase.named(counted.name());
        double logits = of.logits(CountedCalls.EXAMPLES);
        double wanted = Arrays.stream(of.shape().split("x")).mapToDouble(Double::parseDouble)
                .reduce(1, (a, b) -> a * b);
        double issued = 0;
        double bytes = 0;
        List<LaunchBudget> launches = new ArrayList<>();
        for (int k = 0; k < counted.once().size(); k++) {
            Launch once = counted.once().get(k);
            Launch twice = counted.twice().get(k);
            launches.add(LaunchBudget.of(once, twice, counted.assembled().get(once.kernel()), logits));
            double slope = (twice.warpInstructions() - once.warpInstructions()) / logits;
            // The grid has as many blocks for each multiprocessor.
            issued += slope * wanted + (once.warpInstructions() - slope * logits) * MULTIPROCESSORS
                    / CountedCalls.MULTIPROCESSORS;
            bytes += (twice.bytes() - once.bytes()) / logits * wanted;
        }
        return new Budget(of.name(), counted.compiler(), of.shape(), rounded(issued / ISSUED_PER_MS),
                rounded(bytes / BYTES_PER_MS), rounded(of.fewestBytes() * wanted / BYTES_PER_MS), launches);
    }

    /** To microseconds. */
    private static double rounded(double ms) {
        return Math.round(1000 * ms) / 1000.0;
    }
}
