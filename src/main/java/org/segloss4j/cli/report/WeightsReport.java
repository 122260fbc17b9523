package org.segloss4j.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.segloss4j.weights.ClassCount;
import org.segloss4j.weights.ClassCounts;

/** Counts and weights of classes, for people and for programs. */
public final class WeightsReport {

    private final ClassCounts counts;
    private final List<String> names;
    private final Map<String, double[]> weights;

    /**
     * Creates the report.
     *
     * @param counts  of the masks
     * @param names   of the classes
     * @param weights of each estimator, C each
     */
    public WeightsReport(ClassCounts counts, List<String> names, Map<String, double[]> weights) {
        this.counts = counts;
        this.names = names;
        this.weights = weights;
    }

    /** A heading and one line per class. */
    public String table() {
        List<String> header = new ArrayList<>(List.of("class", "pixels", "share", "images", "presence"));
        header.addAll(weights.keySet());
        TextTable table = new TextTable(header);
        for (int c = 0; c < counts.classes(); c++) {
            ClassCount count = counts.perClass().get(c);
            String name = names.get(c);
            String index = Integer.toString(c);
            List<String> row = new ArrayList<>(List.of(name.equals(index) ? index : index + " " + name,
                    Long.toString(count.pixels()), percent(share(count)), Long.toString(count.images()),
                    percent(presence(count))));
            for (double[] all : weights.values()) {
                row.add(TextTable.number(all[c]));
            }
            table.row(row);
        }
        long pixels = counts.total() + counts.voidPixels();
        return String.format(Locale.ROOT, "%d masks, %d classes, %s: %d pixels, %d (%s) of them void%n%n%s",
                counts.images(), counts.classes(),
                counts.ignoreIndex() == null ? "no label ignored" : "label " + counts.ignoreIndex() + " ignored",
                pixels, counts.voidPixels(), percent((double) counts.voidPixels() / pixels), table);
    }

    /** One object. Shares and presence are fractions. */
    public String json() {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("images", counts.images()).put("classes", counts.classes()).put("ignoreIndex", counts.ignoreIndex());
        root.put("pixels", counts.total()).put("voidPixels", counts.voidPixels());
        ArrayNode perClass = root.putArray("perClass");
        for (int c = 0; c < counts.classes(); c++) {
            ClassCount count = counts.perClass().get(c);
            perClass.addObject().put("index", c).put("name", names.get(c)).put("pixels", count.pixels())
                    .put("share", share(count)).put("images", count.images()).put("presence", presence(count))
                    .put("imagePixels", count.imagePixels()).put("imageVoidPixels", count.imageVoidPixels());
        }
        ObjectNode all = root.putObject("weights");
        weights.forEach((name, values) -> {
            ArrayNode array = all.putArray(name);
            for (double value : values) {
                array.add(value);
            }
        });
        return root.toPrettyString() + System.lineSeparator();
    }

    private double share(ClassCount count) {
        return (double) count.pixels() / counts.total();
    }

    private double presence(ClassCount count) {
        return (double) count.images() / counts.images();
    }

    private static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.2f%%", 100 * fraction);
    }
}
