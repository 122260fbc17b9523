package org.segloss4j.internal.cuda.budget;

import java.io.IOException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * What the interpreting driver counted in a launch.
 *
 * @param kernel             its symbol
 * @param blocks             of the grid
 * @param threads            of a block
 * @param sharedBytes        of a block
 * @param threadInstructions of lanes that were active
 * @param warpInstructions   what a scheduler issues
 * @param loadedSectors      of 32 bytes, read from global memory
 * @param neededLoads        sectors that would do, had the bytes of each instruction lain side by side
 * @param storedSectors      the same of stores
 * @param neededStores       the same of stores
 * @param sharedPasses       through the banks of shared memory
 * @param neededPasses       the same without conflicts
 */
record Launch(String kernel, long blocks, int threads, int sharedBytes, long threadInstructions, long warpInstructions,
              long loadedSectors, long neededLoads, long storedSectors, long neededStores, long sharedPasses,
              long neededPasses) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Reads a line of the file that {@code VGPU_COUNTERS} names. */
    static Launch of(String line) throws IOException {
        JsonNode all = JSON.readTree(line);
        return new Launch(all.required("kernel").textValue(), number(all, "grid"), (int) number(all, "block"),
                (int) (number(all, "dynamicShared") + number(all, "staticShared")), number(all, "threadInstructions"),
                number(all, "warpInstructions"),
                number(all.required("globalLoads"), "sectors") + number(all.required("asyncCopies"), "sectors"),
                number(all.required("globalLoads"), "needed") + number(all.required("asyncCopies"), "needed"),
                number(all.required("globalStores"), "sectors"), number(all.required("globalStores"), "needed"),
                number(all.required("shared"), "passes"), number(all.required("shared"), "needed"));
    }

    private static long number(JsonNode node, String field) {
        return node.required(field).longValue();
    }
}
