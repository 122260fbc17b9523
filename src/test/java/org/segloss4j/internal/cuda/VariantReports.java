package org.segloss4j.internal.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;
import org.segloss4j.Shard;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/**
 * Assembler's reports of many variants, made on all processors. Each is kept under {@code target/} by the text of its
 * kernel, so that a run that was ended goes on where it was; {@code -Dsegloss4j.test.minutes} ends one after that time.
 * The variants are those of {@link KernelVariants#pairwise}, or all with {@code -Dsegloss4j.test.variants=all}.
 */
final class VariantReports {

    private static final Path FOLDER = Path.of("target", "kernel-reports").toAbsolutePath();
    private static final long MINUTES = Long.getLong("segloss4j.test.minutes", 100_000);

    private final String maker;
    private final Function<KernelVariant, String> assembler;
    private final long end = System.nanoTime() + MINUTES * 60_000_000_000L;
    private final Map<KernelVariant, AssemblerReport> reports = new ConcurrentHashMap<>();
    private final Map<String, Double> seconds = new ConcurrentSkipListMap<>();
    private final Map<String, String> failures = new ConcurrentSkipListMap<>();

    private VariantReports(String maker, Function<KernelVariant, String> assembler) {
        this.maker = maker;
        this.assembler = assembler;
    }

    /**
     * The reports of this run's {@linkplain Shard shard}. If there is no time for all, the test is a skipped one.
     *
     * @param maker     what makes them for what, as a folder's name
     * @param assembler gives the assembler's log
     * @throws AssertionError if variants cannot be compiled; names each
     */
    static Map<KernelVariant, AssemblerReport> of(String maker, Function<KernelVariant, String> assembler) {
        VariantReports made = new VariantReports(maker, assembler);
        List<KernelVariant> variants = Shard.of(
                "all".equals(System.getProperty("segloss4j.test.variants")) ? KernelVariants.all()
                        : KernelVariants.pairwise());
        variants.parallelStream().forEach(made::make);
        made.tell(variants.size());
        if (!made.failures.isEmpty()) {
            throw new AssertionError(made.failures.size() + " variants failed: " + made.failures);
        }
        if (made.reports.size() < variants.size()) {
            Assumptions.abort(maker + ": variants are left for the next run");
        }
        return made.reports;
    }

    private void make(KernelVariant variant) {
        Path file = FOLDER.resolve(maker).resolve(variant.symbol() + "-"
                + KernelText.of(variant).hash().substring(0, 16) + ".txt");
        try {
            String log = null;
            if (Files.exists(file)) {
                log = Files.readString(file);
            } else if (System.nanoTime() < end) {
                long start = System.nanoTime();
                log = assembler.apply(variant);
                seconds.put(variant.symbol(), (System.nanoTime() - start) * 1e-9);
                keep(file, log);
            }
            if (log != null) {
                reports.put(variant, AssemblerReport.of(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (KernelCompilationException | IllegalStateException e) {
            failures.put(variant.symbol(), e.getMessage());
        }
    }

    private static void keep(Path file, String log) throws IOException {
        Files.createDirectories(file.getParent());
        Path part = Files.createTempFile(file.getParent(), "part", "");
        Files.writeString(part, log);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** One line of numbers; the reports themselves are in the files. */
    private void tell(int all) {
        double sum = seconds.values().stream().mapToDouble(each -> each).sum();
        String slowest = seconds.entrySet().stream().max(Map.Entry.comparingByValue())
                .map(each -> String.format(", slowest %.1f s: %s", each.getValue(), each.getKey())).orElse("");
        System.out.printf("%s: %d of %d variants done, of these %d now, %.2f s each%s; most registers %d, in local"
                        + " memory %d, of these %d with a fixed class count%n", maker, reports.size(), all,
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
