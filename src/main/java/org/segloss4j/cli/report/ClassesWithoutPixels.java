package org.segloss4j.cli.report;

import java.util.ArrayList;
import java.util.List;
import org.segloss4j.cli.input.Problems;
import org.segloss4j.weights.ClassCounts;

/** Names the classes that masks do not show: a network cannot learn them, and their weights are made up. */
public final class ClassesWithoutPixels {

    private static final int WHITE = 255;

    private ClassesWithoutPixels() {
    }

    /**
     * One line per class, ten at most, and one more if 0 and 255 seem to be the classes. A class that is ignored is
     * not missed.
     *
     * @param counts  of the masks
     * @param names   of the classes
     * @param masks   what the masks are called, such as "training masks"
     * @param weights each as long as there are classes, or null for none
     * @return lines such as "class 3 (cyclist) has no pixel in the training masks; its weight is 0"
     */
    public static List<String> lines(ClassCounts counts, List<String> names, String masks,
                                     List<double[]> weights) {
        List<String> lines = new ArrayList<>();
        for (int c = 0; c < counts.classes(); c++) {
            boolean ignored = counts.ignoreIndex() != null && counts.ignoreIndex() == c;
            if (counts.perClass().get(c).pixels() == 0 && !ignored) {
                lines.add("class " + c + (names.get(c).equals(Integer.toString(c)) ? "" : " (" + names.get(c) + ")")
                        + " has no pixel in the " + masks + weight(c, weights));
            }
        }
        if (whiteIsVoid(counts)) {
            lines.add("the only value beside class 0 is 255, and it is ignored; if it is class 1, use --values 0,255"
                    + " and no --ignore");
        }
        return Problems.capped(lines, "such classes");
    }

    /** Black-and-white masks whose object was made void, as the complaint about the value 255 may tempt one to do. */
    private static boolean whiteIsVoid(ClassCounts counts) {
        return counts.classes() == 2 && counts.perClass().get(1).pixels() == 0 && counts.voidPixels() > 0
                && counts.ignoreIndex() != null && counts.ignoreIndex() == WHITE;
    }

    private static String weight(int c, List<double[]> weights) {
        double[] all = weights.stream().mapToDouble(each -> each[c]).distinct().toArray();
        return all.length == 0 ? "" : all.length == 1 ? "; its weight is " + TextTable.number(all[0])
                : "; its weights are a rule's, not counted";
    }
}
