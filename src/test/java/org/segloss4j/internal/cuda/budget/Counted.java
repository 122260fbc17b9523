package org.segloss4j.internal.cuda.budget;

import java.util.List;
import java.util.Map;
import org.segloss4j.internal.cuda.AssemblerReport;

/**
 * What the launches of a case took.
 *
 * @param name      of the case
 * @param compiler  that made the PTX
 * @param once      launches for {@link CountedCalls#EXAMPLES} examples, in order
 * @param twice     launches for twice as many
 * @param assembled what the assembler says of each kernel, by symbol and compute capability
 */
record Counted(String name, String compiler, List<Launch> once, List<Launch> twice,
               Map<String, Map<Integer, AssemblerReport>> assembled) {

    /** Checks that both sizes launch the same kernels, without which there is nothing to compare. */
    Counted {
        if (!kernels(once).equals(kernels(twice))) {
            throw new IllegalArgumentException(name + " launches " + kernels(once) + ", but for twice the examples "
                    + kernels(twice));
        }
    }

    private static List<String> kernels(List<Launch> launches) {
        return launches.stream().map(Launch::kernel).toList();
    }
}
