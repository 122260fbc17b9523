package org.segloss4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

/**
 * The losses that tests run over, so that a new {@link LossKind} or {@link Setting} is tested wherever a test means all
 * of them. Nothing here lists losses: a kind is found in its enum, and a setting without values here does not compile.
 */
public final class LossCases {

    private LossCases() {
    }

    /**
     * A loss with some of its settings.
     *
     * @param kind     which loss
     * @param settings those that are not left at their defaults
     */
    public record Case(LossKind kind, Map<Setting, Object> settings) {

        /** The loss. */
        public SegmentationLoss loss() {
            SegmentationLoss loss = Losses.named(kind.lossName());
            for (Map.Entry<Setting, Object> setting : settings.entrySet()) {
                loss = setting.getKey() == Setting.CLASS_WEIGHTS ? loss
                        : loss.set(setting.getKey().method(), setting.getValue());
            }
            // Last, since their number is checked against the classes that count.
            return settings.containsKey(Setting.CLASS_WEIGHTS)
                    ? loss.set(Setting.CLASS_WEIGHTS.method(), settings.get(Setting.CLASS_WEIGHTS)) : loss;
        }

        @Override
        public String toString() {
            return kind.lossName() + settings;
        }
    }

    /** Values that differ from every default, for predictions of so many channels. */
    private static List<Object> values(LossKind kind, Setting setting, int channels) {
        return switch (setting) {
            // Skeleton recall leaves the first of several classes out.
            case CLASS_WEIGHTS -> List.of(IntStream.range(0, kind == LossKind.SKELETON_RECALL && channels > 1
                    ? channels - 1 : channels).mapToObj(c -> 0.5 + c % 3 / 2.0).toList());
            // One repeats. Twice the only channel, since of thirds the gradient, which is 0, would be a rounding error.
            case CLASS_INDEXES -> List.of(channels == 1 ? List.of(0, 0) : List.of(channels - 1, 0, channels - 1));
            case PER_IMAGE -> List.of(true);
            case SMOOTH -> List.of(kind == LossKind.SKELETON_RECALL ? 2.0 : 1.0);
            case BETA -> List.of(1.5);
            case ALPHA -> List.of(0.75);
            // An exponent below 1, and the one that makes a power linear.
            case GAMMA -> kind.has(Setting.DELTA) && kind.has(Setting.SMOOTH) ? List.of(0.25, 0.0)
                    : List.of(0.5, 1.0, 3.0);
            case POSITIVE_WEIGHTS -> List.of(List.of(2.5));
            case LABEL_SMOOTHING -> List.of(0.2);
            case FROM_LOGITS, NORMALISED, SYMMETRIC, COUNTS_VOID -> List.of(true);
            case MIXED_LABELS -> List.of("entropy", "margin");
            case REDUCED_THRESHOLD -> List.of(0.4, 1.0);
            case EPSILON -> List.of(-0.5);
            case Q -> List.of(0.3, 1.0);
            case DELTA -> List.of(0.8);
            case SHARE -> List.of(0.3);
            // All of them of one loss of each sort.
            case NORMALISER -> switch (kind) {
                case CROSS_ENTROPY -> List.of("all_outputs", "outputs", "pixels", "all_pixels", "images", "one");
                case SIGMOID_FOCAL -> List.of("images", "pixels", "true_weights", "all_outputs", "all_pixels", "one");
                default -> List.of("one");
            };
            case FORM -> List.of("clip_plus_epsilon", kind == LossKind.BINARY_CROSS_ENTROPY ? "logits" : "clip");
            case ONLY_PRESENT, EXACT -> List.of(false);
            case FRACTION -> List.of(0.25, 1.0);
            case THRESHOLD -> List.of(0.3);
            case MIN_KEPT -> List.of(5.0);
            case BINS -> List.of(3.0);
            case INCLUDE_BACKGROUND -> List.of(false);
            // They overlap.
            case CLASS_GROUPS -> List.of(channels == 1 ? List.of(List.of(0))
                    : List.of(List.of(channels - 1, 0), List.of(channels - 1)));
            case WEIGHT_MODE -> List.of("NORMALISED", "LOSS_MEAN");
            case ABSENT_CLASSES -> List.of("PENALISE", "ZERO", "SKIP");
            case REDUCTION -> List.of("SUM");
            case SOFT_LABELS, SQUARED -> List.of(true);
            case NUMERATOR_SMOOTH -> List.of(0.25);
            case FLOOR -> List.of(0.75);
            case LEAST_TRUE_POSITIVES -> List.of(2.5);
            case LINK -> List.of("NEGATIVE", "LOG", "LOG_COSH");
            case POWER -> List.of(2.0);
            case WEIGHTING -> List.of("INVERSE");
            case DISTANCES -> List.of(IntStream.range(0, channels).mapToObj(y -> IntStream.range(0, channels)
                    .mapToObj(c -> c == y ? 0 : 0.25 + y % 3 + c % 2).toList()).toList());
        };
    }

    /** The kinds that share the sweeps. Those that make passes of their own have tests of their own. */
    public static List<LossKind> kinds() {
        return Arrays.stream(LossKind.values()).filter(kind -> !kind.isSeparate()).toList();
    }

    /** Settings that region losses share; all values of them are tried on Jaccard alone, one on the others. */
    private static final Set<Setting> SHARED = EnumSet.of(Setting.CLASS_GROUPS, Setting.WEIGHT_MODE,
            Setting.ABSENT_CLASSES, Setting.LINK);

    /** Each kind as it is by default. */
    public static List<Case> plainCases() {
        return kinds().stream().map(kind -> new Case(kind, Map.of())).toList();
    }

    /** Each kind with each of its settings alone. */
    public static List<Case> settingCases(int channels) {
        return settingCases(kinds(), channels);
    }

    private static List<Case> settingCases(List<LossKind> kinds, int channels) {
        List<Case> cases = new ArrayList<>();
        for (LossKind kind : kinds) {
            for (Setting setting : kind.settings()) {
                int most = SHARED.contains(setting) && kind != LossKind.JACCARD ? 1 : Integer.MAX_VALUE;
                values(kind, setting, channels).stream().limit(most).forEach(
                        value -> cases.add(new Case(kind, Map.of(setting, value))));
            }
        }
        return cases;
    }

    /** What does not go together, so that a loss with all of its settings is several. */
    private static final List<Set<Setting>> APART = List.of(
            EnumSet.of(Setting.CLASS_GROUPS, Setting.SQUARED, Setting.POWER),
            EnumSet.of(Setting.SQUARED, Setting.SOFT_LABELS, Setting.CLASS_INDEXES, Setting.INCLUDE_BACKGROUND,
                    Setting.LINK),
            EnumSet.of(Setting.CLASS_GROUPS, Setting.SOFT_LABELS, Setting.ALPHA, Setting.BETA, Setting.POWER));

    /** Each kind with all of its settings together, or where some do not go together in several parts. */
    public static List<Case> fullCases(int channels) {
        return fullCases(kinds(), channels);
    }

    private static List<Case> fullCases(List<LossKind> kinds, int channels) {
        List<Case> cases = new ArrayList<>();
        for (LossKind kind : kinds) {
            for (int k = 0; k < APART.size(); k++) {
                Map<Setting, Object> settings = new EnumMap<>(Setting.class);
                kind.settings().forEach(setting -> settings.put(setting, values(kind, setting, channels).get(0)));
                settings.keySet().removeAll(APART.get(k));
                // A softmax, or shares, of the only class that is left are constant.
                boolean leavesOne = kind.has(Setting.CLASS_INDEXES)
                        && (kind.has(Setting.NORMALISER) || kind == LossKind.CATEGORICAL_CROSS_ENTROPY);
                if (channels == 1 || leavesOne) {
                    settings.remove(Setting.INCLUDE_BACKGROUND);
                }
                boolean differs = k == 0 || kind.has(k == 1 ? Setting.CLASS_GROUPS : Setting.SQUARED);
                if (!settings.isEmpty() && differs) {
                    fitWeights(settings, channels);
                    cases.add(new Case(kind, settings));
                }
            }
        }
        return cases;
    }

    /** One weight for each that is gathered. */
    private static void fitWeights(Map<Setting, Object> settings, int channels) {
        if (settings.containsKey(Setting.CLASS_WEIGHTS)) {
            int count = settings.get(Setting.CLASS_GROUPS) instanceof List<?> groups ? groups.size()
                    : settings.get(Setting.CLASS_INDEXES) instanceof List<?> gathered ? gathered.size() : channels;
            boolean leavesOut = settings.containsKey(Setting.INCLUDE_BACKGROUND);
            settings.put(Setting.CLASS_WEIGHTS, IntStream.range(0, count - (leavesOut ? 1 : 0))
                    .mapToObj(k -> 0.5 + (k + 1) % 3 / 2.0).toList());
        }
    }

    /** Settings that matter to one another. */
    private static List<Case> togetherCases(int channels) {
        // Their mean is not 1, so that it matters whether they multiply a score or a loss.
        List<Object> weights = List.copyOf(Collections.nCopies(channels, 0.5));
        return List.of(new Case(LossKind.FOCAL_TVERSKY, Map.of(Setting.GAMMA, 1.0, Setting.CLASS_WEIGHTS, weights)),
                new Case(LossKind.DICE, Map.of(Setting.WEIGHT_MODE, "NORMALISED", Setting.CLASS_WEIGHTS,
                        values(LossKind.DICE, Setting.CLASS_WEIGHTS, channels).get(0), Setting.ABSENT_CLASSES, "SKIP")),
                new Case(LossKind.LOG_DICE, Map.of(Setting.WEIGHT_MODE, "SCORE_MEAN", Setting.CLASS_WEIGHTS, weights)),
                // Some denominators of small batches lie below the bound.
                new Case(LossKind.DICE, Map.of(Setting.FLOOR, 6.0)),
                new Case(LossKind.TVERSKY, Map.of(Setting.LINK, "LOG", Setting.FLOOR, 0.2, Setting.POWER, 0.5,
                        Setting.SOFT_LABELS, true, Setting.ABSENT_CLASSES, "ZERO")),
                new Case(LossKind.WASSERSTEIN_DICE, Map.of(Setting.WEIGHTING, "INVERSE", Setting.DISTANCES,
                        values(LossKind.WASSERSTEIN_DICE, Setting.DISTANCES, channels).get(0))));
    }

    /** What one setting has in several forms: a number or one for each class, or with another setting. */
    private static List<Case> formsOfSettings(int channels) {
        List<Double> each = IntStream.range(0, channels).mapToObj(c -> 0.25 + c % 3 / 4.0).toList();
        List<Case> cases = new ArrayList<>(List.of(new Case(LossKind.SOFTMAX_FOCAL, Map.of(Setting.ALPHA, each)),
                new Case(LossKind.SIGMOID_FOCAL, Map.of(Setting.ALPHA, each)),
                new Case(LossKind.POLY_FOCAL, Map.of(Setting.ALPHA, each, Setting.CLASS_WEIGHTS, List.of(2.0))),
                new Case(LossKind.SIGMOID_CROSS_ENTROPY, Map.of(Setting.POSITIVE_WEIGHTS, each,
                        Setting.CLASS_WEIGHTS, Collections.nCopies(channels, 1.5))),
                new Case(LossKind.CROSS_ENTROPY, Map.of(Setting.LABEL_SMOOTHING, 0.1, Setting.CLASS_WEIGHTS, each)),
                new Case(LossKind.SOFTMAX_FOCAL, Map.of(Setting.NORMALISED, true, Setting.NORMALISER, "one",
                        Setting.REDUCED_THRESHOLD, 0.3))));
        // The background is left out of what has a class besides it, of which a softmax is not constant.
        Arrays.stream(LossKind.values()).filter(kind -> kind.has(Setting.NORMALISER) && channels > 2).forEach(kind ->
                cases.add(new Case(kind, Map.of(Setting.INCLUDE_BACKGROUND, false, Setting.NORMALISER, "one"))));
        if (channels > 2) {
            cases.add(new Case(LossKind.CATEGORICAL_CROSS_ENTROPY, Map.of(Setting.INCLUDE_BACKGROUND, false,
                    Setting.CLASS_WEIGHTS, List.copyOf(Collections.nCopies(channels - 1, 0.75)))));
        }
        return cases;
    }

    /** The losses that make passes of their own: plain, with each setting, and with all of them. */
    public static List<Case> separateCases(int channels) {
        List<LossKind> kinds = Arrays.stream(LossKind.values()).filter(LossKind::isSeparate).toList();
        return Stream.of(kinds.stream().map(kind -> new Case(kind, Map.of())).toList(), settingCases(kinds, channels),
                fullCases(kinds, channels)).flatMap(List::stream).toList();
    }

    /** All of these. */
    public static List<Case> cases(int channels) {
        return Stream.of(plainCases(), settingCases(channels), fullCases(channels), togetherCases(channels),
                        formsOfSettings(channels))
                .flatMap(Collection::stream).toList();
    }

    /** Each kind as it is by default. */
    public static List<SegmentationLoss> plain() {
        return plainCases().stream().map(Case::loss).toList();
    }

    /** The eight predefined sums by their names in the loss language. */
    public static Map<String, SegmentationLoss> sums() {
        Map<String, SegmentationLoss> sums = new LinkedHashMap<>();
        sums.put("bce_dice_loss", Losses.BCE_DICE_LOSS);
        sums.put("bce_jaccard_loss", Losses.BCE_JACCARD_LOSS);
        sums.put("cce_dice_loss", Losses.CCE_DICE_LOSS);
        sums.put("cce_jaccard_loss", Losses.CCE_JACCARD_LOSS);
        sums.put("binary_focal_dice_loss", Losses.BINARY_FOCAL_DICE_LOSS);
        sums.put("binary_focal_jaccard_loss", Losses.BINARY_FOCAL_JACCARD_LOSS);
        sums.put("categorical_focal_dice_loss", Losses.CATEGORICAL_FOCAL_DICE_LOSS);
        sums.put("categorical_focal_jaccard_loss", Losses.CATEGORICAL_FOCAL_JACCARD_LOSS);
        return sums;
    }

    /** Sums with factors: of pixel and region losses, of pooled ones and ones per image, of all kinds at once. */
    public static List<SegmentationLoss> weightedSums() {
        SegmentationLoss all = Losses.jaccard().times(0.25);
        for (SegmentationLoss loss : plain()) {
            all = all.plus(loss.times(0.5));
        }
        return List.of(Losses.dice().perImage(true).plus(Losses.categoricalFocal().gamma(1).times(3)),
                Losses.focalTversky(0.3, 0.7, 0.75).plus(Losses.jaccard().perImage(true).times(2)),
                Losses.logDice().perImage(true).times(0.5).plus(Losses.binaryFocal().alpha(0.9)), all);
    }

    /** Every kind plain and with all its settings, and the weighted sums: for tests that take long with each. */
    public static List<SegmentationLoss> some(int channels) {
        return Stream.concat(Stream.concat(plainCases().stream(), fullCases(channels).stream()).map(Case::loss),
                weightedSums().stream()).toList();
    }

    /** All of this. */
    public static List<SegmentationLoss> all(int channels) {
        return Stream.of(cases(channels).stream().map(Case::loss), sums().values().stream(), weightedSums().stream())
                .flatMap(losses -> losses).toList();
    }

    /** Those of some that are made of pixel losses alone. */
    public static Stream<SegmentationLoss> ofPixels(int channels) {
        return some(channels).stream().filter(loss -> LossInternals.spec(loss).regions().isEmpty());
    }

    /** Those of some that hold a region loss. */
    public static Stream<SegmentationLoss> ofRegions(int channels) {
        return some(channels).stream().filter(loss -> !LossInternals.spec(loss).regions().isEmpty());
    }
}
