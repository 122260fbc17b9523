package org.segloss4j.cli.options;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.report.TextTable;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.ClassWeights;
import org.segloss4j.weights.Normalisation;

/** How the classes are weighed: by an estimator, by given numbers, or not at all. */
public final class WeightChoice {

    private static final String NONE = "none";

    private final String text;
    /** Null unless numbers were given. */
    private final double[] numbers;

    private WeightChoice(String text, double... numbers) {
        this.text = text;
        this.numbers = numbers;
    }

    /**
     * Reads the choice.
     *
     * @param text    a name of {@link ClassWeights}, none, or one number per class
     * @param classes how many there must be
     * @throws UserException if it is none of these
     */
    public static WeightChoice of(String text, int classes) {
        if (text.equals(NONE) || ClassWeights.names().contains(text)) {
            return new WeightChoice(text, (double[]) null);
        }
        String[] parts = text.split(",", -1);
        double[] numbers = new double[parts.length];
        for (int k = 0; k < numbers.length; k++) {
            numbers[k] = number(parts[k].strip(), text);
        }
        if (numbers.length != classes) {
            throw new UsageException("--weights has " + numbers.length + (numbers.length == 1 ? " number" : " numbers")
                    + ", but there are " + classes + " classes");
        }
        if (Arrays.stream(numbers).sum() == 0) {
            throw new UsageException("--weights " + text + " are all 0");
        }
        return new WeightChoice(text, numbers);
    }

    private static double number(String part, String text) {
        double number;
        try {
            number = Double.parseDouble(part);
        } catch (NumberFormatException e) {
            List<String> names = new ArrayList<>(ClassWeights.names());
            names.add(NONE);
            throw new UsageException("--weights is " + text + ", but must be one of " + String.join(", ", names)
                    + " or numbers such as 0.5,1,1.5", e);
        }
        if (!(number >= 0 && number < Double.POSITIVE_INFINITY)) {
            throw new UsageException("--weights has " + part + ", but weights must be at least 0 and finite");
        }
        return number;
    }

    /** One weight per class, those of estimators with mean 1; or null for none. */
    public double[] weights(ClassCounts counts) {
        if (numbers != null) {
            return numbers.clone();
        }
        return text.equals(NONE) ? null
                : ClassWeights.forName(text).normalised(Normalisation.SUM_CLASSES).of(counts);
    }

    /** Whether the weights follow from the masks, not from numbers that somebody gave. */
    boolean isEstimated() {
        return numbers == null;
    }

    /** One line for people. */
    public String describe(List<String> names, double... weights) {
        if (weights == null) {
            return NONE;
        }
        List<String> each = IntStream.range(0, weights.length)
                .mapToObj(c -> names.get(c) + " " + TextTable.number(weights[c])).toList();
        return String.join(", ", each) + (numbers == null ? " (" + text + ", mean 1)" : "");
    }
}
