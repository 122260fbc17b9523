package org.segloss4j.internal.cuda;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.Assumptions;
import org.segloss4j.Shard;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/**
 * Assembler's reports of many variants, made on all processors. Since they are kept, a run that was ended goes on where
 * it was; {@code -Dsegloss4j.test.minutes} ends one after that time. The variants are those of
 * {@link KernelVariants#pairwise}, or all with {@code -Dsegloss4j.test.variants=all}.
 */
final class VariantReports {

    private static final long MINUTES = Long.getLong("segloss4j.test.minutes", 100_000);

    private final ReportMaker maker;
    private final long end = System.nanoTime() + MINUTES * 60_000_000_000L;
    private final Map<KernelVariant, AssemblerReport> reports = new ConcurrentHashMap<>();
    private final Map<String, Double> seconds = new ConcurrentSkipListMap<>();
    private final Map<String, String> failures = new ConcurrentSkipListMap<>();

    private VariantReports(ReportMaker maker) {
        this.maker = maker;
    }

    /**
     * The reports of this run's {@linkplain Shard shard}. If there is no time for all, the test is a skipped one.
     *
     * @throws AssertionError if variants cannot be compiled; names each
     */
    static Map<KernelVariant, AssemblerReport> of(ReportMaker maker) {
        VariantReports made = new VariantReports(maker);
        List<KernelVariant> variants = Shard.of(
                "all".equals(System.getProperty("segloss4j.test.variants")) ? KernelVariants.all()
                        : KernelVariants.pairwise());
        variants.parallelStream().forEach(made::make);
        made.tell(variants.size());
        if (!made.failures.isEmpty()) {
            throw new AssertionError(made.failures.size() + " variants failed: " + made.failures);
        }
        if (made.reports.size() < variants.size()) {
            Assumptions.abort(maker.name() + ": variants are left for the next run");
        }
        return made.reports;
    }

    private void make(KernelVariant variant) {
        boolean had = maker.has(variant);
        if (!had && System.nanoTime() >= end) {
            return;
        }
        try {
            long start = System.nanoTime();
            reports.put(variant, maker.report(variant));
            if (!had) {
                seconds.put(variant.symbol(), (System.nanoTime() - start) * 1e-9);
            }
        } catch (KernelCompilationException | IllegalStateException e) {
            failures.put(variant.symbol(), e.getMessage());
        }
    }

    /** One line of numbers; the reports themselves are in the files. */
    private void tell(int all) {
        double sum = seconds.values().stream().mapToDouble(each -> each).sum();
        String slowest = seconds.entrySet().stream().max(Map.Entry.comparingByValue())
                .map(each -> String.format(", slowest %.1f s: %s", each.getValue(), each.getKey())).orElse("");
        System.out.printf("%s: %d of %d variants done, of these %d now, %.2f s each%s; most registers %d, in local"
                        + " memory %d, of these %d with a fixed class count%n", maker.name(), reports.size(), all,
                seconds.size(), sum / Math.max(1, seconds.size()), slowest,
                reports.values().stream().mapToInt(AssemblerReport::registers).max().orElse(0),
                reports.values().stream().filter(AssemblerReport::local).count(), unexpected(reports).size());
    }

    /** Those that lie in local memory although their loops are unrolled. */
    static List<String> unexpected(Map<KernelVariant, AssemblerReport> reports) {
        return reports.entrySet().stream().filter(each -> each.getKey().classes() != 0 && each.getValue().local())
                .map(each -> each.getKey().symbol() + " " + each.getValue()).sorted().toList();
    }
}
