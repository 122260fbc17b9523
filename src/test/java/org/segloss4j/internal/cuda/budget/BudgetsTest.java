package org.segloss4j.internal.cuda.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.AssemblerReport;
import org.segloss4j.internal.cuda.PtxDriver;
import org.segloss4j.internal.cuda.budget.Launch.Traffic;
import org.segloss4j.internal.cuda.compile.CompileLadder;

/**
 * Launches cost what bench/results/ptx.json says, by the PTX of the same compilers. Of the cases a few are counted, or
 * all with {@code -Dsegloss4j.test.budgets=all}.
 */
class BudgetsTest {

    /** Many classes and one, and a loss of pixels alone: each case may have kernels that have to be compiled first. */
    private static final List<String> FEW = List.of("19-float", "19-float-ce", "1-sigmoid");

    private static final String COUNTS = "-counts";

    @TempDir
    private Path folder;

    @Test
    void launchesCostWhatIsKept() throws IOException, InterruptedException {
        Need.present("ptx", PtxDriver.unavailable());
        Need.present("ptx", CompileLadder.standard().compiles(80) ? null
                : "neither NVRTC nor nvcc is here to make PTX");
        BudgetFile kept = BudgetFile.read(BudgetFile.KEPT);
        List<BudgetCase> few = FEW.stream().map(BudgetCase::named).toList();
        List<Budget> counted = new ArrayList<>(Budgets.count(
                "all".equals(System.getProperty("segloss4j.test.budgets")) ? BudgetCase.ALL : few));
        counted.addAll(Budgets.countByNvcc(few));
        List<Budget> known = counted.stream().filter(row -> kept.knows(row.compiler())).toList();
        Need.present("budgets", known.isEmpty() ? BudgetFile.KEPT + " has no rows of "
                + counted.stream().map(Budget::compiler).distinct().collect(Collectors.joining(" and ")) : null);
        assertThat(known.stream().flatMap(row -> kept.changes(row).stream())).as("if this is how it should be, %s "
                + "keeps it", BudgetFile.COMMAND).isEmpty();
    }

    @Test
    void everyCaseIsKeptForEveryCompiler() throws IOException {
        BudgetFile kept = BudgetFile.read(BudgetFile.KEPT);
        Map<String, List<String>> names = kept.rows().stream().collect(Collectors.groupingBy(Budget::compiler,
                Collectors.mapping(Budget::name, Collectors.toList())));
        assertThat(names).containsOnlyKeys("nvcc 13.0.88", "nvrtc 12.9");
        assertThat(names.values()).allSatisfy(each -> assertThat(each).containsExactlyElementsOf(
                BudgetCase.ALL.stream().map(BudgetCase::name).toList()));
    }

    @Test
    void noLaunchUsesLocalMemory() throws IOException {
        assertThat(BudgetFile.read(BudgetFile.KEPT).rows()).allSatisfy(row -> assertThat(row.launches())
                .as(row.name() + " by " + row.compiler()).allSatisfy(each -> assertThat(each.local())
                        .as(each.kernel()).isZero()));
    }

    /** Counting reads no more sectors of logits and labels, spills nothing, and takes few instructions per logit. */
    @Test
    void countingByTheWayReadsNothingMore() throws IOException {
        List<Budget> rows = BudgetFile.read(BudgetFile.KEPT).rows();
        List<Budget> counting = rows.stream().filter(row -> row.name().endsWith(COUNTS)).toList();
        assertThat(counting).isNotEmpty();
        for (Budget row : counting) {
            Budget without = rows.stream().filter(other -> other.compiler().equals(row.compiler())
                    && row.name().equals(other.name() + COUNTS)).findFirst().orElseThrow();
            assertThat(row.launches()).hasSameSizeAs(without.launches());
            for (int k = 0; k < row.launches().size(); k++) {
                LaunchBudget more = row.launches().get(k);
                LaunchBudget less = without.launches().get(k);
                assertThat(more.loaded()).as(more.kernel()).isEqualTo(less.loaded());
                assertThat(more.stored()).as(more.kernel()).isEqualTo(less.stored());
                assertThat(more.local()).as(more.kernel()).isZero();
                // Outcomes of several channels also look for void outputs, since each has a threshold of its own.
                double most = more.kernel().endsWith("_outcomes") ? 9 : 6;
                assertThat(more.instructions() - less.instructions()).as(more.kernel()).isBetween(-0.1, most);
            }
        }
    }

    /** A launch of 1,000 threads for 2 · 19 · 128 · 128 logits and one for twice as many. */
    private static Budget row(double perLogit, int registers, String kernel) {
        double logits = BudgetCase.named("19-float").logits(CountedCalls.EXAMPLES);
        List<List<Launch>> sizes = new ArrayList<>();
        for (int size = 1; size <= 2; size++) {
            long instructions = Math.round(perLogit * size * logits + 50_000);
            sizes.add(List.of(new Launch(kernel, 4, 250, 1024, instructions, instructions / 16,
                    new Traffic(size * Math.round(logits / 8), Math.round(size * logits / 8)),
                    new Traffic(size * Math.round(logits / 4), Math.round(size * logits / 8)), new Traffic(0, 0),
                    size * Math.round(logits) * 8)));
        }
        AssemblerReport report = new AssemblerReport(0, 0, registers);
        return Budget.of(new Counted("19-float", "nvcc 1", sizes.get(0), sizes.get(1), Map.of(kernel,
                Map.of(80, report, 90, report))));
    }

    @Test
    void costsAreDividedByLogitsAndThreads() {
        Budget row = row(20, 64, "k");
        // There are registers for four blocks of eight warps, which is half of 64 warps.
        assertThat(row.launches()).containsExactly(new LaunchBudget("k", 20, 40, 20.08, 50, 4, 8, 1, 2, 1, 64, 64, 0,
                50, 50));
        double logits = 8.0 * 19 * 512 * 512;
        assertThat(row.issueMs()).isEqualTo(Math.round(1000 * (1.25 * logits + 50_000 / 16.0 * 33)
                / (132 * 4 * 1.755e6)) / 1000.0);
        assertThat(row.memoryMs()).isEqualTo(Math.round(1000 * 8 * logits / 3022e6) / 1000.0);
        assertThat(row.floorMs()).isEqualTo(0.106);
    }

    @Test
    void whatGrewOrShrankIsTold() throws IOException {
        BudgetFile kept = BudgetFile.read(folder.resolve("none.json")).with(List.of(row(20, 64, "k")));
        kept.write(folder.resolve("kept.json"));
        BudgetFile again = BudgetFile.read(folder.resolve("kept.json"));
        assertThat(again).isEqualTo(kept);
        assertThat(again.changes(row(20, 64, "k"))).isEmpty();
        assertThat(again.changes(row(20.5, 64, "k"))).isEmpty();
        assertThat(again.changes(row(20.8, 64, "k"))).contains(
                "19-float, nvcc 1: launch 1 instructions grew from 20.0 to 20.8");
        assertThat(again.changes(row(19.2, 64, "k"))).contains(
                "19-float, nvcc 1: launch 1 instructions shrank from 20.0 to 19.2");
        assertThat(again.changes(row(20, 80, "k"))).containsExactly(
                "19-float, nvcc 1: launch 1 registers80 grew from 64 to 80",
                "19-float, nvcc 1: launch 1 registers90 grew from 64 to 80",
                "19-float, nvcc 1: launch 1 occupancy80 shrank from 50 to 37",
                "19-float, nvcc 1: launch 1 occupancy90 shrank from 50 to 37");
        assertThat(again.changes(row(20, 64, "other"))).containsExactly(
                "19-float, nvcc 1: launches [other] instead of [k]");
        Budget now = row(20, 64, "k");
        assertThat(again.changes(new Budget("19-float", "nvcc 2", now.shape(), 1, 1, 1, now.launches())))
                .containsExactly("19-float, nvcc 2: there is no such row");
        assertThat(again.knows("nvcc 2")).isFalse();
    }

    @Test
    void rowsAreReplacedAndThoseOfNoCaseLeave() {
        Budget row = row(20, 64, "k");
        Budget other = new Budget("19-float", "nvcc 2", row.shape(), 1, 1, 1, row.launches());
        Budget gone = new Budget("18-float", "nvcc 1", row.shape(), 1, 1, 1, row.launches());
        BudgetFile kept = new BudgetFile("", "", List.of(other, gone, row));
        assertThat(kept.with(List.of(row(21, 64, "k"))).rows()).containsExactly(row(21, 64, "k"), other);
    }

    @Test
    void occupancyIsBoundByWhatIsScarcest() {
        assertThat(Occupancy.percent(90, 32, 256, 0)).isEqualTo(100);
        assertThat(Occupancy.percent(90, 128, 256, 0)).isEqualTo(25);
        assertThat(Occupancy.percent(90, 129, 256, 0)).isEqualTo(12);
        assertThat(Occupancy.percent(90, 16, 32, 0)).isEqualTo(50);
        assertThat(Occupancy.percent(80, 32, 256, 40 * 1024)).isEqualTo(50);
        assertThat(Occupancy.percent(90, 32, 256, 40 * 1024)).isEqualTo(62);
    }

    @Test
    void thePageShowsWhatIsKept() throws IOException {
        assertThat(Files.readString(BudgetTable.PAGE)).as("%s writes both", BudgetFile.COMMAND).isEqualTo(
                BudgetTable.page(BudgetFile.read(BudgetFile.KEPT)));
    }

    @Test
    void sizesThatLaunchOtherKernelsAreRefused() {
        Launch launch = new Launch("k", 1, 32, 0, 1, 1, new Traffic(1, 1), new Traffic(1, 1), new Traffic(1, 1), 1);
        assertThatThrownBy(() -> new Counted("19-float", "nvcc 1", List.of(launch), List.of(launch, launch), Map.of()))
                .hasMessage("19-float launches [k], but for twice the examples [k, k]");
    }

    @Test
    void unknownNamesAreRefused() {
        assertThatThrownBy(() -> BudgetCase.named("19 float")).hasMessageStartingWith(
                "no case is called 19 float; there are 19-float, ");
    }
}
