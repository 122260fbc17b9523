package org.segloss4j.data;

import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.segloss4j.internal.files.FileFault;

/** How often a mask holds each value, for the message that names those that are no class and says what to do. */
final class UnknownValues {

    private static final int SHOWN = 5;
    /** What most data sets store where nobody knows the class. */
    private static final int VOID = 255;
    /** Colours beyond so many are counted together, for the sake of memory. */
    private static final int MOST = 1 << 16;
    /** Which values Cityscapes' labelIds have, and how many classes their usual mapping gives. */
    private static final int LARGEST_LABEL_ID = 33;
    private static final int TRAIN_IDS = 19;

    private final LabelMap map;
    private final boolean ofPrediction;
    private final Map<Integer, Long> counts;
    /** Pixels whose value is not in the counts. */
    private final long others;

    private UnknownValues(LabelMap map, boolean ofPrediction, Map<Integer, Long> counts, long others) {
        this.map = map;
        this.ofPrediction = ofPrediction;
        this.counts = counts;
        this.others = others;
    }

    /**
     * Reads a whole mask.
     *
     * @param ofPrediction whether it was predicted: then nobody is told to ignore a value, since a pixel without a
     *                     class is no prediction
     */
    static UnknownValues of(StoredRows rows, LabelMap map, boolean ofPrediction) throws IOException {
        Map<Integer, long[]> counts = new HashMap<>();
        long others = 0;
        int[] row = new int[rows.size().width()];
        while (rows.next(row)) {
            for (int x = 0; x < row.length; ) {
                int stored = row[x];
                int first = x;
                while (x < row.length && row[x] == stored) {
                    x++;
                }
                long[] count = counts.size() < MOST ? counts.computeIfAbsent(stored, v -> new long[1])
                        : counts.get(stored);
                if (count == null) {
                    others += x - first;
                } else {
                    count[0] += x - first;
                }
            }
        }
        Map<Integer, Long> all = new TreeMap<>();
        counts.forEach((stored, count) -> all.put(stored, count[0]));
        return new UnknownValues(map, ofPrediction, all, others);
    }

    /** The fault of the mask, of which the first unknown value is known. */
    FileFault fault(int first, int x, int y) {
        List<Map.Entry<Integer, Long>> unknown = counts.entrySet().stream()
                .filter(entry -> map.labelOf(entry.getKey()) == LabelMap.UNKNOWN)
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder())).toList();
        String values = unknown.stream().limit(SHOWN)
                .map(entry -> words(entry.getKey()) + " (" + entry.getValue() + (entry.getValue() == 1 ? " pixel)"
                        : " pixels)")).collect(Collectors.joining(", "));
        int more = unknown.size() - SHOWN;
        String rest = more <= 0 ? "" : " and " + more + (others > 0 ? " or more" : "") + " others";
        String advice = advice(unknown.stream().map(Map.Entry::getKey).collect(Collectors.toSet()));
        return new FileFault("holds " + (map.byColour() ? "colours" : "values") + " that are no class: " + values + rest
                + "; the first is " + words(first) + " at (x " + x + ", y " + y + ")"
                + (advice.isEmpty() ? "" : "; " + advice));
    }

    private String words(int stored) {
        return StoredRows.words(stored, map.byColour());
    }

    /** What to do about it, where that can be told from the values; else nothing. */
    private String advice(Set<Integer> unknown) {
        if (unknown.stream().anyMatch(stored -> (stored & StoredRows.TRANSPARENT) != 0)) {
            return "transparent pixels show no class: fill them with the colour of theirs";
        }
        if (map.byColour()) {
            return many(unknown) ? blurred() : counts.keySet().stream().allMatch(UnknownValues::isGrey)
                    ? "all are greys: if the mask stores numbers of classes, use --classes (in Java LabelMap.indexes)"
                    : "";
        }
        if (unknown.stream().anyMatch(stored -> (stored & StoredRows.COLOURED) != 0)) {
            return many(unknown) ? blurred() : "this is a mask of colours: say which colour is which class with"
                    + " --label-map (in Java LabelMap.colours)";
        }
        int largest = counts.keySet().stream().mapToInt(v -> v).max().orElse(0);
        if ((largest == 255 || largest == 65535) && Set.of(0, largest).containsAll(counts.keySet())) {
            return "these look like masks of 0 and " + largest + ": use --values 0," + largest
                    + " (in Java LabelMap.values(0, " + largest + "))";
        }
        String moreClasses = moreClasses(unknown);
        if (!moreClasses.isEmpty()) {
            return moreClasses;
        }
        if (unknown.size() == 1 && !ofPrediction) {
            int value = unknown.iterator().next();
            return "if " + value + " marks pixels without a class, use --ignore " + value
                    + " (in Java LabelMap.ignoring(" + value + "))";
        }
        if (map.classes() == TRAIN_IDS && counts.keySet().stream().allMatch(v -> v <= LARGEST_LABEL_ID || v == 255)) {
            return "these look like labelIds of Cityscapes: use --label-map cityscapes"
                    + " (in Java LabelMap.preset(\"cityscapes\"))";
        }
        return many(unknown) ? blurred() : ofPrediction ? "a prediction needs a class wherever the truth has one" : "";
    }

    /** What to do if the unknown values go on where the classes end; else nothing. */
    private String moreClasses(Set<Integer> unknown) {
        boolean numbered = IntStream.range(0, map.classes()).allMatch(c -> map.labelOf(c) == c);
        int end = map.classes();
        while (unknown.contains(end)) {
            end++;
        }
        boolean hasVoid = !ofPrediction && unknown.contains(VOID);
        boolean last = unknown.size() - (hasVoid ? 1 : 0) == end - map.classes();
        if (!numbered || end == map.classes() || !last || many(unknown)) {
            return "";
        }
        boolean one = end - map.classes() == 1;
        return (one ? "if " + map.classes() + " is a class" : "if " + map.classes() + " to " + (end - 1)
                + " are classes") + ", use --classes " + end + (hasVoid ? " --ignore " + VOID : "")
                + " (in Java LabelMap.indexes(" + end + ")" + (hasVoid ? ".ignoring(" + VOID + ")" : "")
                + ")" + (one && !hasVoid && !ofPrediction ? "; if it marks pixels without a class, use --ignore "
                + map.classes() : "");
    }

    private static boolean isGrey(int rgb) {
        return rgb == (rgb & 0xFF) * 0x010101;
    }

    /** Far more values than anybody draws. */
    private static boolean many(Set<Integer> unknown) {
        return unknown.size() > 32;
    }

    private static String blurred() {
        return "so many look like a mask that was a JPEG or was resized with smoothing, which makes labels up: "
                + "make it again from its source";
    }
}
