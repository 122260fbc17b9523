package org.segloss4j.internal.cuda.budget;

import java.util.Map;
import org.segloss4j.internal.cuda.AssemblerReport;

/**
 * What a launch costs. Numbers per logit are slopes between two sizes; what a launch costs whatever its size is left to
 * {@code fixed}.
 *
 * @param kernel          its symbol
 * @param instructions    of PTX per logit, by active lanes
 * @param issued          the same with lanes that were not active: 32 for each instruction of a warp
 * @param whole           instructions per logit of the whole smaller launch, with its fixed part
 * @param fixed           instructions per thread that do not depend on the number of logits
 * @param loaded          bytes of sectors per logit that were read
 * @param stored          bytes of sectors per logit that were written
 * @param loads           sectors that were read over those needed
 * @param stores          sectors that were written over those needed
 * @param shared          passes through shared memory over those needed
 * @param registers80     of a thread, compute capability 8.0
 * @param registers90     of a thread, compute capability 9.0
 * @param local           bytes of a thread's local memory that the assembler makes, of either
 * @param occupancy80     percent of the warps of a multiprocessor
 * @param occupancy90     percent of the warps of a multiprocessor
 */
record LaunchBudget(String kernel, double instructions, double issued, double whole, double fixed, double loaded,
                    double stored, double loads, double stores, double shared, int registers80, int registers90,
                    int local, int occupancy80, int occupancy90) {

    static LaunchBudget of(Launch once, Launch twice, Map<Integer, AssemblerReport> assembled, double logits) {
        AssemblerReport on80 = assembled.get(80);
        AssemblerReport on90 = assembled.get(90);
        double instructions = (twice.threadInstructions() - once.threadInstructions()) / logits;
        return new LaunchBudget(once.kernel(), rounded(instructions),
                rounded(32 * (twice.warpInstructions() - once.warpInstructions()) / logits),
                rounded(once.threadInstructions() / logits),
                rounded((once.threadInstructions() - instructions * logits) / (once.blocks() * once.threads())),
                rounded(Launch.SECTOR * (twice.loads().used() - once.loads().used()) / logits),
                rounded(Launch.SECTOR * (twice.stores().used() - once.stores().used()) / logits),
                rounded(once.loads().overNeeded()), rounded(once.stores().overNeeded()),
                rounded(once.shared().overNeeded()), on80.registers(), on90.registers(),
                Math.max(on80.stack() + on80.spills(), on90.stack() + on90.spills()),
                Occupancy.percent(80, on80.registers(), once.threads(), once.sharedBytes()),
                Occupancy.percent(90, on90.registers(), once.threads(), once.sharedBytes()));
    }

    private static double rounded(double value) {
        return Math.round(100 * value) / 100.0;
    }
}
