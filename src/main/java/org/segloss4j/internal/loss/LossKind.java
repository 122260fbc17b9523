package org.segloss4j.internal.loss;

import static org.segloss4j.internal.loss.RegionKinds.asymmetricTversky;
import static org.segloss4j.internal.loss.RegionKinds.joint;
import static org.segloss4j.internal.loss.RegionKinds.ofClasses;
import static org.segloss4j.internal.loss.RegionKinds.region;
import static org.segloss4j.internal.loss.RegionKinds.term;
import static org.segloss4j.internal.loss.RegionKinds.tversky;
import static org.segloss4j.internal.loss.RegionKinds.wasserstein;
import static org.segloss4j.internal.loss.Setting.ALPHA;
import static org.segloss4j.internal.loss.Setting.BETA;
import static org.segloss4j.internal.loss.Setting.BINS;
import static org.segloss4j.internal.loss.Setting.CLASS_INDEXES;
import static org.segloss4j.internal.loss.Setting.CLASS_WEIGHTS;
import static org.segloss4j.internal.loss.Setting.COUNTS_VOID;
import static org.segloss4j.internal.loss.Setting.DELTA;
import static org.segloss4j.internal.loss.Setting.DISTANCES;
import static org.segloss4j.internal.loss.Setting.EPSILON;
import static org.segloss4j.internal.loss.Setting.EXACT;
import static org.segloss4j.internal.loss.Setting.FORM;
import static org.segloss4j.internal.loss.Setting.FRACTION;
import static org.segloss4j.internal.loss.Setting.GAMMA;
import static org.segloss4j.internal.loss.Setting.INCLUDE_BACKGROUND;
import static org.segloss4j.internal.loss.Setting.LABEL_SMOOTHING;
import static org.segloss4j.internal.loss.Setting.MIN_KEPT;
import static org.segloss4j.internal.loss.Setting.MIXED_LABELS;
import static org.segloss4j.internal.loss.Setting.NORMALISED;
import static org.segloss4j.internal.loss.Setting.ONLY_PRESENT;
import static org.segloss4j.internal.loss.Setting.PER_IMAGE;
import static org.segloss4j.internal.loss.Setting.POSITIVE_WEIGHTS;
import static org.segloss4j.internal.loss.Setting.POWER;
import static org.segloss4j.internal.loss.Setting.Q;
import static org.segloss4j.internal.loss.Setting.REDUCED_THRESHOLD;
import static org.segloss4j.internal.loss.Setting.SHARE;
import static org.segloss4j.internal.loss.Setting.SMOOTH;
import static org.segloss4j.internal.loss.Setting.SOFT_LABELS;
import static org.segloss4j.internal.loss.Setting.SYMMETRIC;
import static org.segloss4j.internal.loss.Setting.THRESHOLD;
import static org.segloss4j.internal.loss.Setting.WEIGHTING;
import static org.segloss4j.internal.loss.SettingDefaults.plain;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.CalibrationTerm;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.ClassWeighting;
import org.segloss4j.internal.math.CorrelationScore;
import org.segloss4j.internal.math.GeneralisedDiceScore;
import org.segloss4j.internal.math.HardestPixelsTerm;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.LovaszTerm;
import org.segloss4j.internal.math.OtherLabelsTerm;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.SeparateTerm;

/**
 * The catalogue of losses: the name of each, its short names in the loss language, its settings with their defaults,
 * and its terms. A region loss is a {@link RegionTerm} and a pixel loss a {@link PixelTerm}, or several of them; a loss
 * that is no function of sums over the labels is a {@link SeparateTerm}.
 */
public enum LossKind {
    /** {@code 1 − mean of w·(I+s)/(G+P−I+s)}. */
    JACCARD("jaccard_loss", List.of("jaccard"), plain().region().ratio(), term -> region(term,
            RegionScore.iou(term.numeratorSmooth(), term.smooth())), null),
    /** {@code 1 − mean of w·((1+β²)I+s)/(β²G+P+s)}. */
    DICE("dice_loss", List.of("dice"), plain().region().ratio().with(BETA, 1), term -> region(term,
            RegionScore.fScore(term.beta(), term.numeratorSmooth(), term.smooth())), null),
    /** {@code 1 − mean of w·(I+s)/((1−α−β)I+αP+βG+s)}; Keras' name. */
    TVERSKY("tversky", List.of("tversky", "tversky_loss"), plain().region().ratio().with(ALPHA, 0.5).with(BETA, 0.5)
            .with(POWER, 1), term -> region(term, RegionScore.tversky(term.alpha(), term.beta(),
            term.numeratorSmooth(), term.smooth())), null),
    /** {@code mean of w·(1 − T)^γ} with the Tversky index T. */
    FOCAL_TVERSKY("focal_tversky_loss", List.of("focal_tversky"),
            plain().region().with(ALPHA, 0.3).with(BETA, 0.7).with(GAMMA, 0.75),
            term -> ofClasses(term, tversky(term), Link.power(term.gamma())), null),
    /** {@code mean of −w·log D} with the Dice score D. */
    LOG_DICE("log_dice_loss", List.of("log_dice"), plain().region(), term -> ofClasses(term,
            RegionScore.fScore(1, term.smooth()), Link.LOG), null),
    /** {@code mean of w·log cosh(1 − D)} with the Dice score D. */
    LOG_COSH_DICE("log_cosh_dice_loss", List.of("log_cosh_dice"), plain().region(), term -> ofClasses(term,
            RegionScore.fScore(1, term.smooth()), Link.LOG_COSH), null),
    /** {@code 1 − mean of w·MCC} with Matthews' correlation coefficient of each class. */
    MCC("mcc_loss", List.of("mcc"), plain().region(), term -> term(term,
            new CorrelationScore(term.smooth()), Link.COMPLEMENT, Aggregation.SCORE_MEAN), null),
    /** {@code 1 − (2·Σ w_c·I_c + s)/(Σ w_c·(P_c+G_c) + s)}, one score of all classes. */
    GENERALISED_DICE("generalised_dice_loss", List.of("generalised_dice", "generalized_dice"), plain().joint()
            .having(CLASS_INDEXES).with(INCLUDE_BACKGROUND, true).with(SOFT_LABELS, false)
            .with(WEIGHTING, ClassWeighting.INVERSE_SQUARE), term -> joint(term, new GeneralisedDiceScore(
            term.selection(), term.choice(WEIGHTING, ClassWeighting.class, null), term.isTrue(SOFT_LABELS),
            term.numeratorSmooth(), term.smooth())), null),
    /** {@code 1 − Wasserstein Dice score}, one score of all classes; errors count by the distance of the classes. */
    WASSERSTEIN_DICE("wasserstein_dice_loss", List.of("wasserstein_dice"), plain().joint().having(DISTANCES)
            .with(WEIGHTING, ClassWeighting.UNIFORM), term -> joint(term, wasserstein(term)), null),
    /** {@code mean of −g·log p − (1−g)·log(1−p)}. */
    BINARY_CROSS_ENTROPY("binary_crossentropy", List.of("bce"), plain().with(FORM, "CLIP"), null,
            PixelKinds::binaryCrossEntropy),
    /** {@code mean of −w·g·log p}, p renormalised over the gathered classes. */
    CATEGORICAL_CROSS_ENTROPY("categorical_crossentropy", List.of("cce"), plain().classes(), null,
            term -> new PixelTerm(term.coefficient(), new LogCurve(1, 0, 0), null, true, term.selection())),
    /** {@code mean of −α·g·(1−p)^γ·log p}. */
    CATEGORICAL_FOCAL("focal_loss", List.of("categorical_focal", "focal", "categorical_focal_loss"),
            plain().having(CLASS_INDEXES).with(INCLUDE_BACKGROUND, true).with(ALPHA, 0.25).with(GAMMA, 2), null,
            term -> new PixelTerm(term.coefficient(), new LogCurve(term.alpha(), term.gamma(), 0), null, false,
                    term.selection())),
    /** {@code mean of −α·g·(1−p)^γ·log p − (1−α)(1−g)·p^γ·log(1−p)}. */
    BINARY_FOCAL("binary_focal_loss", List.of("binary_focal"), plain().with(ALPHA, 0.25).with(GAMMA, 2), null,
            term -> new PixelTerm(term.coefficient(), new LogCurve(term.alpha(), term.gamma(), 0),
                    new LogCurve(1 - term.alpha(), term.gamma(), 0), false, term.selection())),
    /** {@code −Σ w·t·log p} without a clip, t the smoothed label: torch's cross-entropy. */
    CROSS_ENTROPY("cross_entropy", List.of("ce", "softmax_cross_entropy"), plain().unclipped("TRUE_WEIGHTS")
            .with(LABEL_SMOOTHING, 0), pixels(PixelKinds::crossEntropy)),
    /** {@code −w·(a·t·log p + (1−t)·log(1−p))} without a clip: torch's binary cross-entropy. */
    SIGMOID_CROSS_ENTROPY("sigmoid_cross_entropy", List.of("sigmoid_ce", "bce_with_logits"),
            plain().unclipped("OUTPUTS").having(POSITIVE_WEIGHTS).with(LABEL_SMOOTHING, 0),
            pixels(PixelKinds::sigmoidCrossEntropy)),
    /** {@code −w·α·g·(1−p)^γ·log p} without a clip. */
    SOFTMAX_FOCAL("softmax_focal_loss", List.of("softmax_focal"), plain().unclipped("PIXELS").focal()
            .with(NORMALISED, false).having(REDUCED_THRESHOLD), pixels(PixelKinds::softmaxFocal)),
    /** {@code −w·(α·g·(1−p)^γ·log p + (1−α)·(1−g)·p^γ·log(1−p))} without a clip. */
    SIGMOID_FOCAL("sigmoid_focal_loss", List.of("sigmoid_focal"), plain().unclipped("OUTPUTS").focal()
            .with(NORMALISED, false).having(REDUCED_THRESHOLD).with(MIXED_LABELS, "SIDES"),
            pixels(PixelKinds::sigmoidFocal)),
    /** Cross-entropy, or focal loss, plus {@code ε·(1−p)^(γ+1)}. */
    POLY_CROSS_ENTROPY("poly1_cross_entropy", List.of("poly1", "poly1_ce"), plain().unclipped("TRUE_WEIGHTS")
            .with(EPSILON, 1).with(GAMMA, 0).with(LABEL_SMOOTHING, 0), pixels(PixelKinds::polyCrossEntropy)),
    /** Sigmoid focal loss plus {@code ε·(1−u)^(γ+1)} of the probability u of the truth. */
    POLY_FOCAL("poly1_focal_loss", List.of("poly1_focal"), plain().unclipped("OUTPUTS").focal().with(EPSILON, 1),
            pixels(PixelKinds::polyFocal)),
    /** {@code w·g·(1 − p^q)/q}. */
    GENERALISED_CROSS_ENTROPY("generalised_cross_entropy", List.of("gce", "generalized_cross_entropy"),
            plain().unclipped("PIXELS").with(Q, 0.7), pixels(PixelKinds::generalisedCrossEntropy)),
    /** {@code −(1−δ)·g·(1−p)^γ·log p} of the background and {@code −δ·g·log p} of the other classes. */
    ASYMMETRIC_FOCAL("asymmetric_focal_loss", List.of("asymmetric_focal"), plain().with(DELTA, 0.7).with(GAMMA, 2)
            .with(SYMMETRIC, false).with(FORM, "LOGITS"), pixels(term -> PixelKinds.asymmetricFocal(term, 1))),
    /** {@code 1 − T} of the background and {@code (1 − T)^(1−γ)} of the other classes, in their mean. */
    ASYMMETRIC_FOCAL_TVERSKY("asymmetric_focal_tversky_loss", List.of("asymmetric_focal_tversky"),
            plain().asymmetric().with(DELTA, 0.7).with(GAMMA, 0.75),
            new Terms(term -> asymmetricTversky(term, 1), one(null), null)),
    /** {@code λ·asymmetric focal + (1−λ)·asymmetric focal Tversky}. */
    UNIFIED_FOCAL("unified_focal_loss", List.of("unified_focal"), plain().asymmetric().with(SHARE, 0.5)
            .with(DELTA, 0.6).with(GAMMA, 0.5).with(FORM, "LOGITS"), new Terms(
            term -> asymmetricTversky(term, 1 - term.number(SHARE)),
            term -> PixelKinds.asymmetricFocal(term, term.number(SHARE)), null)),
    /** The Lovász extension of the Jaccard loss at the errors |g − p| of each class. */
    LOVASZ_SOFTMAX("lovasz_softmax_loss", List.of("lovasz_softmax", "lovasz"), plain().classes()
            .with(PER_IMAGE, false).with(ONLY_PRESENT, true).with(EXACT, true), term -> new LovaszTerm(
            term.coefficient(), LovaszTerm.Form.SOFTMAX, term.selection(), term.onlyPresent(), term.exact(),
            term.perImage())),
    /** The same at the hinge errors of all logits together. */
    LOVASZ_HINGE("lovasz_hinge_loss", List.of("lovasz_hinge"), plain().with(PER_IMAGE, false),
            term -> new LovaszTerm(term.coefficient(), LovaszTerm.Form.HINGE, ClassSelection.ALL, true, true,
                    term.perImage())),
    /** {@code mean of −w·log p_y} over the pixels of the largest losses. */
    TOP_K_CROSS_ENTROPY("top_k_cross_entropy", List.of("top_k_ce", "top_k"), plain().having(CLASS_WEIGHTS)
            .with(FRACTION, 0.1).with(COUNTS_VOID, false), term -> new HardestPixelsTerm(term.coefficient(),
            new HardestPixelsTerm.Fraction(term.fraction(), term.isTrue(COUNTS_VOID)), term.selection())),
    /** {@code mean of −w·log p_y} over the pixels whose p_y is below a threshold, or among the least. */
    OHEM_CROSS_ENTROPY("ohem_cross_entropy", List.of("ohem_ce", "ohem"), plain().having(CLASS_WEIGHTS)
            .with(THRESHOLD, 0.7).with(MIN_KEPT, 100_000), term -> new HardestPixelsTerm(term.coefficient(),
            new HardestPixelsTerm.Threshold(term.threshold(), term.minKept()), term.selection())),
    /** {@code mean over images, classes and bins of |mean p − mean g|}. */
    L1_ACE("l1_ace_loss", List.of("l1_ace", "ace"), plain().classes().with(BINS, 20)
            .with(ONLY_PRESENT, true), term -> new CalibrationTerm(term.coefficient(), term.bins(), term.selection(),
            term.onlyPresent())),
    /** {@code mean of w·φ·p} with signed distances φ. */
    BOUNDARY("boundary_loss", List.of("boundary"), plain().classes().with(PER_IMAGE, false),
            term -> new OtherLabelsTerm(term.coefficient(), OtherLabels.DISTANCES, term.selection(), 0,
                    term.perImage())),
    /** {@code 1 − mean of w·(I+s)/(G+s)} with the skeletons of the classes for g. */
    SKELETON_RECALL("skeleton_recall_loss", List.of("skeleton_recall"), plain().having(CLASS_WEIGHTS, CLASS_INDEXES)
            .with(PER_IMAGE, false).with(SMOOTH, 1e-5), term -> new OtherLabelsTerm(term.coefficient(),
            OtherLabels.SKELETON, term.selection(), term.smooth(), term.perImage()));

    private final String lossName;
    private final List<String> shortNames;
    /** The settings, each with its default, or null where the default is to leave it out. */
    private final Map<Setting, Object> settings;
    private final Terms terms;

    LossKind(String lossName, List<String> shortNames, SettingDefaults settings,
             Function<LossTerm, RegionTerm> region, Function<LossTerm, PixelTerm> pixel) {
        this(lossName, shortNames, settings, new Terms(one(region), one(pixel), null));
    }

    /** A loss that makes passes of its own. */
    LossKind(String lossName, List<String> shortNames, SettingDefaults settings,
             Function<LossTerm, SeparateTerm> separate) {
        this(lossName, shortNames, settings, new Terms(one(null), one(null), separate));
    }

    LossKind(String lossName, List<String> shortNames, SettingDefaults settings, Terms terms) {
        this.lossName = lossName;
        this.shortNames = shortNames;
        this.settings = Collections.unmodifiableMap(settings.all());
        this.terms = terms;
    }

    /**
     * What a loss is made of.
     *
     * @param regions  its region terms
     * @param pixels   its pixel terms
     * @param separate the term that makes passes of its own, or null
     */
    private record Terms(Function<LossTerm, List<RegionTerm>> regions, Function<LossTerm, List<PixelTerm>> pixels,
                         Function<LossTerm, SeparateTerm> separate) {
    }

    private static <T> Function<LossTerm, List<T>> one(Function<LossTerm, T> of) {
        return of == null ? term -> List.of() : of.andThen(List::of);
    }

    private static Terms pixels(Function<LossTerm, List<PixelTerm>> of) {
        return new Terms(one(null), of, null);
    }

    /**
     * The name of the loss, by which Keras knows it if it does.
     *
     * @return such as {@code jaccard_loss}
     */
    public String lossName() {
        return lossName;
    }

    /**
     * The other names in the loss language, the preferred one first.
     *
     * @return at least one
     */
    public List<String> shortNames() {
        return shortNames;
    }

    /**
     * The settings.
     *
     * @return in the order of the enum
     */
    public Set<Setting> settings() {
        return settings.keySet();
    }

    /**
     * Whether the loss has a setting.
     *
     * @param setting the setting
     * @return false if it must not be set
     */
    public boolean has(Setting setting) {
        return settings.containsKey(setting);
    }

    /**
     * The loss of a name.
     *
     * @param name its name or one of its short names
     * @return the kind, or null if there is none
     */
    public static LossKind named(String name) {
        for (LossKind kind : values()) {
            // A list that is made by List.of throws if it is asked for null.
            if (kind.lossName.equals(name) || name != null && kind.shortNames.contains(name)) {
                return kind;
            }
        }
        return null;
    }

    /** The default of a setting, or null if it is left out by default. */
    Object defaultOf(Setting setting) {
        return settings.get(setting);
    }

    /** The region terms of a summand. */
    List<RegionTerm> regions(LossTerm term) {
        return terms.regions.apply(term);
    }

    /** The pixel terms of a summand. */
    List<PixelTerm> pixels(LossTerm term) {
        return terms.pixels.apply(term);
    }

    /**
     * Whether the loss makes passes of its own, since it is no function of sums over pixels.
     *
     * @return false for region and pixel losses
     */
    public boolean isSeparate() {
        return terms.separate != null;
    }

    /**
     * Which other labels the loss reads, beside those of the batch.
     *
     * @return null for nearly all losses
     */
    public OtherLabels otherLabels() {
        return isSeparate() && separate(new LossTerm(this)) instanceof OtherLabelsTerm term ? term.labels() : null;
    }

    /** The term of the sum, if the loss makes passes of its own; otherwise null. */
    SeparateTerm separate(LossTerm term) {
        return terms.separate == null ? null : terms.separate.apply(term);
    }
}
