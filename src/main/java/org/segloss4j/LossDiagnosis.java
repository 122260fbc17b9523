package org.segloss4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.BadInput.Finding;
import org.segloss4j.internal.loss.Inspection;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.nd4j.ArrayBatch;

/**
 * What a loss makes of a batch, and what is wrong with either: made by {@link SegmentationLoss#diagnose} where a loss
 * is NaN, does not fall, or refuses its labels. {@link #toString} tells all of it. Immutable.
 *
 * <pre>{@code
 * System.out.println(loss.diagnose(SegmentationBatch.predictions(logits).labels(labels)));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class LossDiagnosis {

    private static final int MOST_CLASSES = 12;

    private final String name;
    private final Map<String, Double> terms;
    private final Map<String, double[][]> scores;
    private final Map<String, Double> gradientNorms;
    private final Map<String, double[]> lossesPerClass;
    private final Problem badLabels;
    private final Problem badWeights;
    private final Problem notFinite;
    private final long nans;

    /** Looks at a batch, and then computes the gradient of each term if nothing is wrong with it. */
    static LossDiagnosis of(LossDefinition definition, ArrayBatch batch) {
        Inspection inspection = new Inspection(definition.spec(), batch);
        Map<String, Double> norms = new LinkedHashMap<>();
        Map<String, double[][]> scores = new LinkedHashMap<>();
        Map<String, double[]> losses = new LinkedHashMap<>();
        boolean hasShares = !inspection.isBad() && inspection.firstNotFinite() == null
                && Arrays.stream(inspection.terms()).allMatch(Double::isFinite);
        definition.termSpecs().forEach((name, own) -> {
            if (!inspection.isBad()) {
                LossCall call = new LossCall(own, batch);
                // They cost a pass for each class, which is too long where a training waits for what is wrong.
                if (hasShares && own.hasPixelTermsOnly()) {
                    losses.put(name, call.sharePerClass());
                }
                INDArray gradient = call.newGradient();
                call.valueAndGradient(1, gradient);
                norms.put(name, gradient.castTo(DataType.DOUBLE).norm2Number().doubleValue());
            }
            if (!own.regions().isEmpty()) {
                scores.put(name, Finalisation.scores(own.regions().get(0).score(), inspection.sums()));
            }
        });
        if (scores.isEmpty()) {
            scores.put("dice", Finalisation.scores(RegionScore.fScore(1, 1e-5), inspection.sums()));
        }
        return new LossDiagnosis(definition.name(), definition.byTerm(inspection.terms()), scores,
                Collections.unmodifiableMap(norms), losses, inspection, batch.spatial());
    }

    private LossDiagnosis(String name, Map<String, Double> terms, Map<String, double[][]> scores,
                          Map<String, Double> gradientNorms, Map<String, double[]> lossesPerClass,
                          Inspection inspection, long[] spatial) {
        this.name = name;
        this.terms = terms;
        this.scores = scores;
        this.gradientNorms = gradientNorms;
        this.lossesPerClass = lossesPerClass;
        badLabels = problem(inspection.bad(BadInput.Kind.LABEL), -1, spatial);
        badWeights = problem(inspection.bad(BadInput.Kind.WEIGHT), -1, spatial);
        nans = inspection.nans();
        Finding first = inspection.firstNotFinite();
        notFinite = first == null ? null : problem(new Finding(nans + inspection.infinities(), first.example(),
                first.pixel(), first.value()), inspection.channelOfFirst(), spatial);
    }

    private static Problem problem(Finding finding, int channel, long[] spatial) {
        if (finding == null) {
            return null;
        }
        List<Long> position = new ArrayList<>();
        long rest = finding.pixel();
        for (int axis = spatial.length - 1; axis >= 0; axis--) {
            position.add(0, rest % spatial[axis]);
            rest /= spatial[axis];
        }
        return new Problem(finding.count(), finding.example(), channel, position, finding.value().doubleValue());
    }

    /**
     * Values of a batch that cannot be, and where the first of them stands.
     *
     * @param count    how many there are
     * @param example  of the first
     * @param channel  of the first, or -1 where that is not told
     * @param position of the first: its index along each spatial axis, such as row and column
     * @param value    what stands there
     * @since 0.1.0
     */
    public record Problem(long count, long example, int channel, List<Long> position, double value) {

        private String text(String ofOne, String ofSeveral) {
            String number = value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value)
                    : Double.toString(value);
            return count + " " + (count == 1 ? ofOne : ofSeveral) + "; the first is " + number
                    + " at example " + example + (channel < 0 ? "" : ", channel " + channel) + ", position " + position;
        }
    }

    /**
     * The value of the loss.
     *
     * @return L; NaN also where a term cannot be computed because of bad labels
     */
    public double value() {
        return terms.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /**
     * The value of each term.
     *
     * @return by the name of its loss, factors included
     */
    public Map<String, Double> terms() {
        return terms;
    }

    /**
     * The score of each image and class: of each region loss its own score, and of a loss without any the Dice score of
     * probabilities.
     *
     * @return by the name of the loss, [N][C]; NaN for a void image, and of a single score for all classes C is 1
     */
    public Map<String, double[][]> scores() {
        Map<String, double[][]> copy = new LinkedHashMap<>();
        scores.forEach((of, values) -> copy.put(of, Arrays.stream(values).map(double[]::clone)
                .toArray(double[][]::new)));
        return copy;
    }

    /**
     * The Euclidean norm of the gradient of each term with respect to the predictions. A term whose norm is far below
     * the others' teaches the network nothing.
     *
     * @return by the name of the loss, factors included; empty if labels or weights are bad
     */
    public Map<String, Double> gradientNorms() {
        return gradientNorms;
    }

    /**
     * What each class gives to the value of each pixel loss, as {@link SegmentationLoss#lossPerClass} tells it.
     *
     * @return by the name of the loss, [K] shares of its gathered classes, factors included; empty if labels or weights
     *         are bad, or predictions or terms are not finite
     */
    public Map<String, double[]> lossesPerClass() {
        Map<String, double[]> copy = new LinkedHashMap<>();
        lossesPerClass.forEach((of, values) -> copy.put(of, values.clone()));
        return copy;
    }

    /**
     * Labels that are neither a class nor the ignored one.
     *
     * @return null if there are none
     */
    public Problem badLabels() {
        return badLabels;
    }

    /**
     * Weights of the mask out of range.
     *
     * @return null if there are none
     */
    public Problem badWeights() {
        return badWeights;
    }

    /**
     * Predictions that are NaN or infinite, whether they count or not.
     *
     * @return null if there are none
     */
    public Problem notFinite() {
        return notFinite;
    }

    /**
     * The terms whose value is NaN or infinite.
     *
     * @return their names
     */
    public List<String> termsNotFinite() {
        return terms.entrySet().stream().filter(term -> !Double.isFinite(term.getValue())).map(Map.Entry::getKey)
                .toList();
    }

    /**
     * Whether nothing is wrong with the batch and the value.
     *
     * @return true if labels, weights, predictions and all terms are as they should be
     */
    public boolean isClean() {
        return problems().isEmpty();
    }

    /**
     * What is wrong, in one line.
     *
     * @return empty if nothing is
     */
    public String problems() {
        List<String> all = new ArrayList<>();
        if (badLabels != null) {
            all.add(badLabels.text("label is no class", "labels are no class"));
        }
        if (badWeights != null) {
            all.add(badWeights.text("mask weight is out of range", "mask weights are out of range"));
        }
        if (notFinite != null) {
            String ofThese = " not finite (" + nans + " NaN)";
            all.add(notFinite.text("prediction is" + ofThese, "predictions are" + ofThese));
        }
        if (!termsNotFinite().isEmpty()) {
            all.add(String.join(", ", termsNotFinite()) + (termsNotFinite().size() == 1 ? " is" : " are")
                    + " not finite");
        }
        return String.join("; ", all);
    }

    /** All of it, a line for each kind of finding. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%s %.6g", name, value()));
        if (terms.size() > 1) {
            text.append(" = ").append(numbers(terms, " + "));
        }
        text.append('\n').append(isClean() ? "labels, mask and predictions are clean" : problems()).append('\n');
        if (!gradientNorms.isEmpty()) {
            text.append("gradient norms: ").append(numbers(gradientNorms, ", ")).append('\n');
        }
        lossesPerClass.forEach((of, values) -> text.append(values.length == 1 ? ""
                : "loss of " + of + " by class: " + row(values) + '\n'));
        scores.forEach((of, values) -> text.append(scoreLines(of, values)));
        return text.toString();
    }

    private static String numbers(Map<String, Double> values, String between) {
        return values.entrySet().stream().map(each -> String.format(Locale.ROOT, "%s %.4g", each.getKey(),
                each.getValue())).collect(Collectors.joining(between));
    }

    /** The mean of each class over the images, and the image whose mean over the classes is the least. */
    private static String scoreLines(String of, double[][] values) {
        double[] means = new double[values[0].length];
        for (int c = 0; c < means.length; c++) {
            int column = c;
            means[c] = Arrays.stream(values).mapToDouble(row -> row[column]).filter(v -> !Double.isNaN(v)).average()
                    .orElse(Double.NaN);
        }
        int worst = 0;
        for (int n = 1; n < values.length; n++) {
            worst = mean(values[n]) < mean(values[worst]) || Double.isNaN(mean(values[worst])) ? n : worst;
        }
        return "score of " + of + " by class: " + row(means) + (values.length == 1 ? "" : "; worst image " + worst
                + ": " + row(values[worst])) + '\n';
    }

    private static double mean(double[] row) {
        return Arrays.stream(row).average().orElse(Double.NaN);
    }

    private static String row(double[] values) {
        return Arrays.stream(values).limit(MOST_CLASSES).mapToObj(value -> String.format(Locale.ROOT, "%.4f", value))
                .collect(Collectors.joining(" ")) + (values.length > MOST_CLASSES ? " …" : "");
    }
}
