package org.segloss4j.cli.input;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.LabelCounting;

/**
 * The counts of masks, and what is wrong with others. Merging in any order gives the same counts.
 *
 * @param counts   of the masks that could be read
 * @param problems one line for each of the others
 */
public record CountedMasks(ClassCounts counts, ArrayList<String> problems) implements Serializable {

    /** Nothing was counted. */
    public static CountedMasks none(LabelCounting counting) {
        return new CountedMasks(counting.none(), new ArrayList<>());
    }

    /** One file. */
    public static CountedMasks of(LabelCounting counting, Path file) {
        try {
            return new CountedMasks(counting.ofFile(file), new ArrayList<>());
        } catch (IOException e) {
            return new CountedMasks(counting.none(), new ArrayList<>(List.of(e.getMessage())));
        }
    }

    /** These and others. */
    public CountedMasks merge(CountedMasks later) {
        return new CountedMasks(counts.merge(later.counts), new ArrayList<>(Problems.both(problems, later.problems)));
    }
}
