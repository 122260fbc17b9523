package org.segloss4j.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Reads a whole source once to find everything that is wrong with it, not only the first thing, before hours of
 * training stop at a broken file.
 *
 * <pre>{@code
 * List<String> problems = SourceCheck.problems(source);
 * if (!problems.isEmpty()) {
 *     throw new IOException(problems.get(0) + " (" + problems.size() + " problems in all)");
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public final class SourceCheck {

    private SourceCheck() {
    }

    /**
     * What is wrong.
     *
     * @param source read by several threads; only as many samples as there are threads are in memory at a time
     * @return one line for each sample that cannot be read, in their order, but one for all masks that have another
     *     size than their images; none if all is well
     */
    public static List<String> problems(SegmentationSource source) {
        return problems(source, sample -> { });
    }

    /**
     * What is wrong, while something is done with what is right, such as counting labels.
     *
     * @param source read by several threads; only as many samples as there are threads are in memory at a time
     * @param good   receives each sample that could be read, in any order and from several threads at once; what it
     *               throws ends the check
     * @return as {@link #problems(SegmentationSource)}
     */
    public static List<String> problems(SegmentationSource source, Consumer<SegmentationSample> good) {
        List<IOException> found = IntStream.range(0, source.size()).parallel()
                .mapToObj(index -> problem(source, index, good)).filter(problem -> problem != null).toList();
        List<String> lines = new ArrayList<>();
        List<String> sizes = new ArrayList<>();
        for (IOException problem : found) {
            (problem instanceof OtherSizeException ? sizes : lines).add(problem.getMessage());
        }
        if (sizes.size() == 1) {
            lines.add(sizes.get(0));
        } else if (!sizes.isEmpty()) {
            lines.add(sizes.size() + " masks have another size than their images; the first: " + sizes.get(0));
        }
        return lines;
    }

    private static IOException problem(SegmentationSource source, int index, Consumer<SegmentationSample> good) {
        SegmentationSample sample;
        try {
            sample = source.read(index);
        } catch (IOException e) {
            return e;
        }
        good.accept(sample);
        return null;
    }
}
