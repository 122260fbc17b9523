package org.segloss4j;

import java.util.Arrays;
import java.util.List;
import org.segloss4j.internal.loss.LossKind;

/**
 * The losses: those of {@code segmentation_models} under its names and with its defaults and numbers, and many more.
 * Those of other libraries by their names are {@link Compat}. Every loss is an ND4J {@code ILossFunction}; see
 * {@link SegmentationLoss} for shapes, types and errors.
 *
 * <pre>{@code
 * SegmentationLoss loss = Losses.dice().classWeights(0.5, 1, 1.5).plus(Losses.categoricalFocal().times(2));
 * SegmentationLoss sameAsByName = Losses.named("jaccard").set("per_image", true);
 * }</pre>
 *
 * <p>All losses are immutable, so that the constants and whatever the methods return may be shared by threads.
 *
 * @since 0.1.0
 */
public final class Losses {

    /** {@code binary_crossentropy + dice_loss}. */
    public static final SegmentationLoss BCE_DICE_LOSS = binaryCrossEntropy().plus(dice());
    /** {@code binary_crossentropy + jaccard_loss}. */
    public static final SegmentationLoss BCE_JACCARD_LOSS = binaryCrossEntropy().plus(jaccard());
    /** {@code categorical_crossentropy + dice_loss}. */
    public static final SegmentationLoss CCE_DICE_LOSS = categoricalCrossEntropy().plus(dice());
    /** {@code categorical_crossentropy + jaccard_loss}. */
    public static final SegmentationLoss CCE_JACCARD_LOSS = categoricalCrossEntropy().plus(jaccard());
    /** {@code binary_focal_loss + dice_loss}. */
    public static final SegmentationLoss BINARY_FOCAL_DICE_LOSS = binaryFocal().plus(dice());
    /** {@code binary_focal_loss + jaccard_loss}. */
    public static final SegmentationLoss BINARY_FOCAL_JACCARD_LOSS = binaryFocal().plus(jaccard());
    /** {@code focal_loss + dice_loss}. */
    public static final SegmentationLoss CATEGORICAL_FOCAL_DICE_LOSS = categoricalFocal().plus(dice());
    /** {@code focal_loss + jaccard_loss}. */
    public static final SegmentationLoss CATEGORICAL_FOCAL_JACCARD_LOSS = categoricalFocal().plus(jaccard());

    private Losses() {
    }

    /**
     * The loss of a name, with its defaults.
     *
     * @param name such as {@code jaccard_loss}, {@code binary_crossentropy} or {@code tversky}, or a short form such as
     *             {@code jaccard} or {@code bce}
     * @return the loss
     * @throws IllegalArgumentException if there is none; names those that there are
     */
    public static SegmentationLoss named(String name) {
        LossKind kind = LossKind.named(name);
        if (kind == null) {
            throw new IllegalArgumentException("there is no loss " + name + "; known are "
                    + String.join(", ", names()));
        }
        return new SegmentationLoss(kind);
    }

    /**
     * The names that {@link #named} takes, one for each loss.
     *
     * @return names such as {@code jaccard_loss}
     */
    public static List<String> names() {
        return Arrays.stream(LossKind.values()).map(LossKind::lossName).toList();
    }

    /**
     * Jaccard loss, {@code 1 − mean_c w_c·(I+s)/(G+P−I+s)}, with I = Σ g·p, G = Σ g, P = Σ p over the pixels.
     *
     * @return {@code jaccard_loss} with s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss jaccard() {
        return new SegmentationLoss(LossKind.JACCARD);
    }

    /**
     * Dice loss, {@code 1 − mean_c w_c·((1+β²)I+s)/(β²G+P+s)}.
     *
     * @return {@code dice_loss} with β = 1, s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss dice() {
        return new SegmentationLoss(LossKind.DICE);
    }

    /**
     * Tversky loss with α = β = ½, which is Dice with half the smoothing.
     *
     * @return {@code tversky}, see {@link #tversky(double, double)}
     */
    public static SegmentationLoss tversky() {
        return new SegmentationLoss(LossKind.TVERSKY);
    }

    /**
     * Tversky loss, {@code 1 − mean_c w_c·T_c} with the Tversky index
     * {@code T = (I+s)/((1−α−β)·I+α·P+β·G+s) = (TP+s)/(TP+α·FP+β·FN+s)} (Salehi et al. 2017, arXiv 1706.05721). The
     * order of α and β is that of Keras and segmentation_models.pytorch. α = β = 1 is Jaccard.
     *
     * @param alpha weight of false positives, from 0 to 10,000
     * @param beta  weight of false negatives, from 0 to 10,000; above ½ for small objects
     * @return {@code tversky} with s = 1e-5, all classes, pooled over the batch
     * @throws IllegalArgumentException if one is negative or not finite, or both are 0
     */
    public static SegmentationLoss tversky(double alpha, double beta) {
        return new SegmentationLoss(LossKind.TVERSKY, alpha, beta, null);
    }

    /**
     * Focal Tversky loss, {@code mean_c w_c·(1−T_c)^γ}, with the Tversky index of {@link #tversky(double, double)}
     * (Abraham and Khan 2019, arXiv 1810.07842, who call the exponent 1/γ). An exponent below 1 favours classes that
     * are nearly right, one above 1 those that are wrong.
     *
     * @param alpha weight of false positives, from 0 to 10,000; the paper's choice is 0.3
     * @param beta  weight of false negatives, from 0 to 10,000; the paper's choice is 0.7
     * @param gamma exponent γ, above 0; the paper's choice is 0.75
     * @return {@code focal_tversky_loss} with s = 1e-5, all classes, pooled over the batch
     * @throws IllegalArgumentException if one is negative or not finite, α and β are both 0, or γ is 0
     */
    public static SegmentationLoss focalTversky(double alpha, double beta, double gamma) {
        return new SegmentationLoss(LossKind.FOCAL_TVERSKY, alpha, beta, gamma);
    }

    /**
     * Log-Dice loss, {@code mean_c −w_c·log D_c} with the Dice score {@code D = (2I+s)/(P+G+s)}; a score below 1e-7
     * counts as 1e-7 and has no gradient, as in segmentation_models.pytorch.
     *
     * @return {@code log_dice_loss} with s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss logDice() {
        return new SegmentationLoss(LossKind.LOG_DICE);
    }

    /**
     * Log-cosh Dice loss, {@code mean_c w_c·log cosh(1−D_c)} with the Dice score D (Jadon 2020, arXiv 2006.14822).
     *
     * @return {@code log_cosh_dice_loss} with s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss logCoshDice() {
        return new SegmentationLoss(LossKind.LOG_COSH_DICE);
    }

    /**
     * Dice loss with squared masses, {@code 1 − mean_c w_c·(2I+s)/(Σm·p² + Σm·g² + s)} (Milletari et al. 2016, V-Net,
     * arXiv 1606.04797); {@code dice()} with {@link SegmentationLoss#squared}.
     *
     * @return {@code dice_loss} with squared masses, s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss vNetDice() {
        return dice().squared(true);
    }

    /**
     * Jaccard metric loss, {@code 1 − mean_c w_c·(Σ min(p, g) + s)/(Σ max(p, g) + s)}, which is the lowest where the
     * prediction is the label even if labels are soft (Wang et al. 2023, arXiv 2302.05666); {@code jaccard()} with
     * {@link SegmentationLoss#softLabels}.
     *
     * @return {@code jaccard_loss} for soft labels, s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss jaccardMetric() {
        return jaccard().softLabels(true);
    }

    /**
     * Loss of Matthews' correlation coefficient, {@code 1 − mean_c w_c·MCC_c}, of TP = I, FP = P − I, FN = G − I and
     * TN = M − P − G + I with s added to each (Abhishek and Hamarneh 2021, arXiv 2010.13454). It counts true negatives,
     * too, and lies in 0..2.
     *
     * @return {@code mcc_loss} with s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss mcc() {
        return new SegmentationLoss(LossKind.MCC);
    }

    /**
     * Generalised Dice loss, {@code 1 − (2·Σ_c w_c·I_c + s)/(Σ_c w_c·(P_c + G_c) + s)}, one score of all classes with
     * w = 1/G² (Sudre et al. 2017, arXiv 1707.03237). A class without true pixels has the largest weight of the others.
     * Other weights: {@link SegmentationLoss#weighting}.
     *
     * @return {@code generalised_dice_loss} with s = 1e-5, all classes, pooled over the batch
     */
    public static SegmentationLoss generalisedDice() {
        return new SegmentationLoss(LossKind.GENERALISED_DICE);
    }

    /**
     * Generalised Wasserstein Dice loss (Fidon et al. 2017, arXiv 1707.00478) where every two classes are equally far
     * from one another. With {@link #wassersteinDice(double[][])} some mistakes cost less than others.
     *
     * @return {@code wasserstein_dice_loss} with s = 1e-5, pooled over the batch
     */
    public static SegmentationLoss wassersteinDice() {
        return new SegmentationLoss(LossKind.WASSERSTEIN_DICE);
    }

    /**
     * Generalised Wasserstein Dice loss (Fidon et al. 2017, arXiv 1707.00478), one score of all classes: what is
     * predicted of class c where class y is true is an error of {@code distances[y][c]}. Expects a softmax; class 0 is
     * the background.
     *
     * @param distances [C][C], not negative and 0 from each class to itself; they are divided by the largest
     * @return {@code wasserstein_dice_loss} with s = 1e-5, pooled over the batch
     * @throws IllegalArgumentException if the distances are not such a matrix
     */
    public static SegmentationLoss wassersteinDice(double[][] distances) {
        return wassersteinDice().set("distances", distances);
    }

    /**
     * Binary cross-entropy, the mean over all outputs of {@code −g·log p − (1−g)·log(1−p)}, p clipped to
     * [1e-7, 1 − 1e-7].
     *
     * @return {@code binary_crossentropy}
     */
    public static SegmentationLoss binaryCrossEntropy() {
        return new SegmentationLoss(LossKind.BINARY_CROSS_ENTROPY);
    }

    /**
     * Categorical cross-entropy, the mean over all outputs of the gathered classes (so it is divided by their number,
     * too) of {@code −w_c·g·log p}; p is divided by its sum over the gathered classes, then clipped to
     * [1e-7, 1 − 1e-7]. Predictions of 1 channel are refused, over which p would always be 1.
     *
     * @return {@code categorical_crossentropy} over all classes
     */
    public static SegmentationLoss categoricalCrossEntropy() {
        return new SegmentationLoss(LossKind.CATEGORICAL_CROSS_ENTROPY);
    }

    /**
     * Categorical focal loss, the mean over all outputs of {@code −g·α·(1−p)^γ·log p}, p clipped to [1e-7, 1 − 1e-7].
     * Predictions of 1 channel are refused, whose background would cost nothing.
     *
     * @return {@code focal_loss} with α = 0.25, γ = 2, all classes
     */
    public static SegmentationLoss categoricalFocal() {
        return new SegmentationLoss(LossKind.CATEGORICAL_FOCAL);
    }

    /**
     * Binary focal loss, the mean over all outputs of {@code −g·α(1−p)^γ·log p − (1−g)·(1−α)p^γ·log(1−p)}, p clipped to
     * [1e-7, 1 − 1e-7].
     *
     * @return {@code binary_focal_loss} with α = 0.25, γ = 2
     */
    public static SegmentationLoss binaryFocal() {
        return new SegmentationLoss(LossKind.BINARY_FOCAL);
    }

    /**
     * Cross-entropy as torch has it, {@code Σ −w_c·t_c·log p_c} divided by {@code Σ w_c·g_c}, the weights of the true
     * classes. log p comes from the logits and is not clipped, so that the gradient of a wrong prediction never
     * vanishes. t is the label, with {@linkplain SegmentationLoss#labelSmoothing label smoothing}
     * {@code (1−ε)·g + ε/C}; soft labels are allowed. For soft labels torch divides by the number of pixels instead:
     * {@link PixelNormaliser#PIXELS}. Class indexes gather classes, and the softmax is one over these alone.
     *
     * @return {@code cross_entropy} over all classes
     * @since 0.1.0
     */
    public static SegmentationLoss crossEntropy() {
        return new SegmentationLoss(LossKind.CROSS_ENTROPY);
    }

    /**
     * Binary cross-entropy of each channel as torch's {@code BCEWithLogitsLoss} has it, the mean over all outputs of
     * {@code −w·(a·t·log p + (1−t)·log(1−p))}, not clipped, with the weight a of the true side
     * ({@link SegmentationLoss#positiveWeights}) and {@code t = (1−ε)·g + ε/2} under label smoothing, as in Keras.
     *
     * @return {@code sigmoid_cross_entropy} over all channels
     * @since 0.1.0
     */
    public static SegmentationLoss sigmoidCrossEntropy() {
        return new SegmentationLoss(LossKind.SIGMOID_CROSS_ENTROPY);
    }

    /**
     * Focal loss of a softmax, the mean over pixels of {@code Σ_c −w_c·α_c·g_c·(1−p_c)^γ·log p_c}, not clipped
     * (Lin et al. 2017, arXiv 1708.02002). A single α weighs the classes as MONAI does, the background (channel 0) by
     * 1 − α and the others by α; {@link SegmentationLoss#alphas} gives each class its own.
     *
     * @return {@code softmax_focal_loss} with γ = 2, without α
     * @since 0.1.0
     */
    public static SegmentationLoss softmaxFocal() {
        return new SegmentationLoss(LossKind.SOFTMAX_FOCAL);
    }

    /**
     * Focal loss of each channel against the rest, the mean over all outputs of
     * {@code −w·(α·g·(1−p)^γ·log p + (1−α)·(1−g)·p^γ·log(1−p))}, not clipped. That is what segmentation_models.pytorch
     * and MONAI compute of several classes, too, with the sigmoid of each logit: under a softmax, set
     * {@link SegmentationLoss#fromLogits fromLogits(true)} for that.
     *
     * @return {@code sigmoid_focal_loss} with γ = 2, without α
     * @since 0.1.0
     */
    public static SegmentationLoss sigmoidFocal() {
        return new SegmentationLoss(LossKind.SIGMOID_FOCAL);
    }

    /**
     * Poly-1 cross-entropy, {@link #crossEntropy()} plus {@code Σ ε·w·t·(1−p)}: the first term of the logarithm's
     * series gets another coefficient (Leng et al. 2022, arXiv 2204.12511). With γ above 0 it is the sum of softmax
     * focal loss and {@code ε·(1−p)^(γ+1)}.
     *
     * @param epsilon ε, a finite number; −1 cancels the first polynomial, positive numbers emphasise it
     * @return {@code poly1_cross_entropy} with γ = 0
     * @throws IllegalArgumentException if it is not finite
     * @since 0.1.0
     */
    public static SegmentationLoss poly1(double epsilon) {
        return new SegmentationLoss(LossKind.POLY_CROSS_ENTROPY).epsilon(epsilon);
    }

    /**
     * Poly-1 focal loss, {@link #sigmoidFocal()} plus {@code ε·(1−u)^(γ+1)} of the probability u of the truth, both
     * weighted by α alike (Leng et al. 2022, arXiv 2204.12511).
     *
     * @param epsilon ε, a finite number
     * @return {@code poly1_focal_loss} with γ = 2, without α
     * @throws IllegalArgumentException if it is not finite
     * @since 0.1.0
     */
    public static SegmentationLoss poly1Focal(double epsilon) {
        return new SegmentationLoss(LossKind.POLY_FOCAL).epsilon(epsilon);
    }

    /**
     * Generalised cross-entropy, the mean over pixels of {@code Σ_c w_c·g_c·(1 − p_c^q)/q}, which is bounded by 1/q and
     * so forgives labels that are wrong (Zhang and Sabuncu 2018, arXiv 1805.07836).
     *
     * @param q from above 0, which is nearly cross-entropy, to 1, the mean absolute error; the paper's choice is 0.7
     * @return {@code generalised_cross_entropy}
     * @throws IllegalArgumentException if it lies outside
     * @since 0.1.0
     */
    public static SegmentationLoss generalisedCrossEntropy(double q) {
        return new SegmentationLoss(LossKind.GENERALISED_CROSS_ENTROPY).q(q);
    }

    /**
     * Asymmetric focal loss, the mean over pixels of {@code −(1−δ)·g_0·(1−p_0)^γ·log p_0 − δ·Σ_{c>0} g_c·log p_c}: only
     * the background, channel 0, is discounted where it is easy (Yeung et al. 2022, arXiv 2102.04525).
     *
     * @return {@code asymmetric_focal_loss} with δ = 0.7, γ = 2
     * @since 0.1.0
     */
    public static SegmentationLoss asymmetricFocal() {
        return new SegmentationLoss(LossKind.ASYMMETRIC_FOCAL);
    }

    /**
     * Asymmetric focal Tversky loss, the mean over classes of 1 − T for the background, channel 0, and of
     * {@code (1−T)^(1−γ)} for the others, with the {@linkplain #tversky(double, double) Tversky index} of α = 1 − δ and
     * β = δ (Yeung et al. 2022, arXiv 2102.04525).
     *
     * @return {@code asymmetric_focal_tversky_loss} with δ = 0.7, γ = 0.75, s = 1e-5, pooled over the batch
     * @since 0.1.0
     */
    public static SegmentationLoss asymmetricFocalTversky() {
        return new SegmentationLoss(LossKind.ASYMMETRIC_FOCAL_TVERSKY);
    }

    /**
     * Unified focal loss, {@code λ·asymmetric focal + (1−λ)·asymmetric focal Tversky} of the same δ and γ, for any
     * number of classes (Yeung et al. 2022, arXiv 2102.04525).
     *
     * @return {@code unified_focal_loss} with λ = 0.5, δ = 0.6, γ = 0.5, s = 1e-5, pooled over the batch
     * @since 0.1.0
     */
    public static SegmentationLoss unifiedFocal() {
        return new SegmentationLoss(LossKind.UNIFIED_FOCAL);
    }

    /**
     * Lovász softmax: the mean over classes of the Lovász extension of 1 − Jaccard at the errors |g − p|, which is its
     * convex continuation between the vertices of hard predictions (Berman et al. 2018, arXiv 1705.08790). It sorts the
     * errors of each class. A batch cannot be divided into shards, since the extension of a whole is no function of
     * those of its parts.
     *
     * <p>Pixels count by their weight in the mask, so that void ones do not count; an image that is all void has a loss
     * of 0 and stays in the mean of {@link SegmentationLoss#perImage(boolean) perImage}. The list of classes of the
     * paper's code is {@link SegmentationLoss#classIndexes} with {@link SegmentationLoss#onlyPresent
     * onlyPresent(false)}. Class weights multiply the loss of a class.
     *
     * @return {@code lovasz_softmax_loss} over the classes that are present, exact, of all images together
     */
    public static SegmentationLoss lovaszSoftmax() {
        return new SegmentationLoss(LossKind.LOVASZ_SOFTMAX);
    }

    /**
     * Lovász hinge: the Lovász extension of 1 − Jaccard at the errors {@code max(0, 1 − z·(2g − 1))} of all outputs
     * together, with the logits z (Berman and Blaschko 2017, arXiv 1705.08790, section 3.1). It takes the predictions
     * as they are before a sigmoid or softmax; under the identity, as a loss layer has it on logits, these are the
     * logits themselves. It is meant for one channel, or for several that exclude nothing.
     *
     * @return {@code lovasz_hinge_loss} of all images together
     */
    public static SegmentationLoss lovaszHinge() {
        return new SegmentationLoss(LossKind.LOVASZ_HINGE);
    }

    /**
     * Top-k cross-entropy, the mean of {@code −w_y·log p_y} over the pixels of the largest losses in a batch, as
     * nnU-Net's TopKLoss. The count is rounded down, but is 1 at least; pixels with the same loss as the last of them
     * count in part. The fraction is that of the pixels that are not void; with
     * {@link SegmentationLoss#countsVoid(boolean) countsVoid(true)} it is that of all, as in nnU-Net.
     *
     * @param fraction the part of the pixels, above 0 and at most 1; nnU-Net's k is its percentage
     * @return {@code top_k_cross_entropy}
     * @throws IllegalArgumentException if the fraction lies outside
     */
    public static SegmentationLoss topKCrossEntropy(double fraction) {
        return new SegmentationLoss(LossKind.TOP_K_CROSS_ENTROPY).fraction(fraction);
    }

    /**
     * Cross-entropy with online hard example mining (Shrivastava et al. 2016, arXiv 1604.03540), the mean of
     * {@code −w_y·log p_y} over the pixels with p_y below the larger one of a threshold and of the probability that
     * stands at place {@code minKept·N} among those of the batch, counted from 0 and from the least. These are the
     * pixels that mmsegmentation's OHEMPixelSampler keeps; the mean is over them, not over all pixels. Sure
     * pixels, whose p rounds to 1, are told apart by {@code −log p_y}.
     *
     * @param threshold from 0 to 1
     * @param minKept   pixels of an image to keep at least, on the average of the batch; at least 1
     * @return {@code ohem_cross_entropy}
     * @throws IllegalArgumentException if a number lies outside
     */
    public static SegmentationLoss ohemCrossEntropy(double threshold, int minKept) {
        return new SegmentationLoss(LossKind.OHEM_CROSS_ENTROPY).threshold(threshold).minKept(minKept);
    }

    /**
     * Boundary loss, the mean over pixels and classes of {@code φ·p} (Kervadec et al. 2019, arXiv 1812.07032), with
     * signed distances φ to the boundary of the class, negative inside, which come with the batch:
     * {@link SegmentationBatch#distances}. It has no scale of its own and no minimum near a wrong start, so add it to a
     * region loss with a factor that grows, as the paper does. It is computed in sweeps of its own. Sums of parts of a
     * batch hold those over its distances, so that a batch can be divided.
     *
     * @return {@code boundary_loss} over all classes; may be negative
     */
    public static SegmentationLoss boundary() {
        return new SegmentationLoss(LossKind.BOUNDARY);
    }

    /**
     * Skeleton recall, {@code 1 − mean_c w_c·(I_c+s)/(G_c+s)} with the skeletons of the classes in the place of the
     * labels (Kirchhoff et al. 2024, arXiv 2404.03010), which come with the batch: {@link SegmentationBatch#skeleton}.
     * It keeps thin structures together that a volume of pixels hardly weighs. Of several channels, the first is taken
     * for the background and has none, unless {@link SegmentationLoss#classIndexes} says otherwise. It is computed in
     * sweeps of its own. Sums of parts of a batch hold those over its skeletons, so that a batch can be divided.
     *
     * @return {@code skeleton_recall_loss} with s = 1e-5, all classes but the first, pooled over the batch
     */
    public static SegmentationLoss skeletonRecall() {
        return new SegmentationLoss(LossKind.SKELETON_RECALL);
    }

    /**
     * The marginal L1 average calibration error with hard bins (Barfoot et al. 2024, arXiv 2403.06759), to be added to
     * a segmentation loss with a small factor. For each image and class, probabilities are put into bins of equal
     * width, and the error is the mean of |mean p − mean g| over the bins that hold any. The loss is the mean over
     * images and classes. The gradient takes the bins as constants. As in MONAI's HardL1ACELoss, a class that an image
     * does not have counts as 0, unless {@link SegmentationLoss#onlyPresent onlyPresent(false)} is set.
     *
     * @return {@code l1_ace_loss} with 20 bins
     */
    public static SegmentationLoss l1Ace() {
        return new SegmentationLoss(LossKind.L1_ACE);
    }
}
