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
 * @param threadInstructions of PTX, by lanes that were active
 * @param warpInstructions   of PTX: what a scheduler issues
 * @param loads              sectors of global memory that were read
 * @param stores             sectors of global memory that were written
 * @param shared             passes through the banks of shared memory
 * @param bytes              distinct ones that were read, and those that were written: what memory has to move if
 *                           caches serve everything else
 */
record Launch(String kernel, long blocks, int threads, int sharedBytes, long threadInstructions, long warpInstructions,
              Traffic loads, Traffic stores, Traffic shared, long bytes) {

    /** Bytes of a sector. */
    static final int SECTOR = 32;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Traffic.
     *
     * @param used   sectors or passes
     * @param needed as many would do, if the lanes of each instruction lay side by side
     */
    record Traffic(long used, long needed) {

        private static Traffic of(JsonNode counted, String unit) {
            return new Traffic(counted.required(unit).longValue(), counted.required("needed").longValue());
        }

        private Traffic plus(Traffic other) {
            return new Traffic(used + other.used, needed + other.needed);
        }

        double overNeeded() {
            return needed == 0 ? 1 : (double) used / needed;
        }
    }

    /** Reads a line of the file that {@code VGPU_COUNTERS} names. */
    static Launch of(String line) throws IOException {
        JsonNode all = JSON.readTree(line);
        return new Launch(all.required("kernel").textValue(), number(all, "grid"), (int) number(all, "block"),
                (int) (number(all, "dynamicShared") + number(all, "staticShared")), number(all, "threadInstructions"),
                number(all, "warpInstructions"),
                Traffic.of(all.required("globalLoads"), "sectors").plus(
                        Traffic.of(all.required("asyncCopies"), "sectors")),
                Traffic.of(all.required("globalStores"), "sectors"), Traffic.of(all.required("shared"), "passes"),
                number(all, "distinctBytesLoaded") + number(all, "distinctBytesStored"));
    }

    private static long number(JsonNode node, String field) {
        return node.required(field).longValue();
    }
}
