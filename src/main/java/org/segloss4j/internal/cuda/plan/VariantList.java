package org.segloss4j.internal.cuda.plan;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.Extent;
import org.segloss4j.internal.cuda.plan.KernelVariant.LabelKind;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;
import org.segloss4j.internal.cuda.plan.KernelVariant.Terms;

/** The kernels that are worth compiling before anyone asks for them. */
public final class VariantList {

    private VariantList() {
    }

    /**
     * The variants for numbers of classes and element types: losses and gradients for every activation, layout and kind
     * of labels, each for region scores alone, for pixel losses of the true class, and for any pixel losses; under a
     * softmax also for exact curves of the true class, under a sigmoid for exact and for clipped ones, and for clipped
     * ones of probabilities; those that compute any loss whatever the layout and the kind of labels is; and the kernels
     * that count. For a known number of classes these are the variants for arrays whose channels are aligned.
     *
     * @param classes  each C, or 0 for those that take any
     * @param elements types of predictions
     * @param policy   how sweeps are launched
     */
    public static List<KernelVariant> of(List<Integer> classes, List<ElementType> elements, LaunchPolicy policy) {
        Set<KernelVariant> variants = new LinkedHashSet<>();
        for (Entry entry : List.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD, Entry.PIXEL_LOSSES)) {
            for (ElementType element : elements) {
                classes.forEach(count -> addRegion(variants, entry, count, element, policy));
            }
        }
        for (ElementType element : elements) {
            // Of counts, the activation only matters for one channel; KernelChoice passes IDENTITY for more.
            for (Activation activation : Activation.values()) {
                for (LabelKind labels : List.of(LabelKind.INDEX_ANY, LabelKind.DENSE_ANY)) {
                    variants.add(new KernelVariant(Entry.CONFUSION, 0, activation, Layout.STRIDED, labels, element));
                    for (Entry entry : KernelChoice.SEPARATE) {
                        variants.add(new KernelVariant(entry, 0, activation, Layout.STRIDED, labels, element));
                    }
                }
            }
        }
        for (ElementType element : elements) {
            variants.add(KernelChoice.outcomes(LabelKind.INDEX_ANY, element));
            variants.add(KernelChoice.outcomes(LabelKind.DENSE_ANY, element));
        }
        elements.forEach(element -> addGeneral(variants, element));
        elements.forEach(element -> addFields(variants, element));
        for (ElementType element : elements) {
            LabelKind.TRUTHS.stream().map(labels -> KernelChoice.weights(labels, element)).forEach(variants::add);
        }
        variants.add(new KernelVariant(Entry.LABEL_HISTOGRAM, 0, Activation.IDENTITY, Layout.STRIDED,
                LabelKind.INDEX_ANY, ElementType.FLOAT));
        for (Entry entry : KernelChoice.OF_NUMBERS) {
            variants.add(KernelChoice.numbers(entry, false));
            variants.add(KernelChoice.numbers(entry, true));
        }
        return List.copyOf(variants);
    }

    private static void addRegion(Set<KernelVariant> variants, Entry entry, int classes, ElementType element,
                                  LaunchPolicy policy) {
        for (Activation activation : Activation.values()) {
            for (Layout layout : Layout.values()) {
                for (LabelKind labels : LabelKind.TRUTHS) {
                    boolean index = !labels.isDense();
                    Stream.of(Terms.values()).filter(terms -> index || terms != Terms.OWN)
                            .filter(terms -> entry != Entry.PIXEL_LOSSES || terms != Terms.NONE)
                            .map(terms -> KernelChoice.special(entry, classes, activation, layout, labels, element,
                                    terms, policy))
                            .forEach(variants::add);
                    if (classes > 0) {
                        unrolledTerms(activation).map(terms -> KernelChoice.special(entry, classes, activation, layout,
                                labels, element, terms, policy, Extent.EXACT))
                                .filter(exact -> exact.extent() == Extent.EXACT).forEach(variants::add);
                    }
                }
            }
        }
    }

    /** The pixel losses beyond plain kernels; but for exact ones of the true class, these are Keras' clipped curves. */
    private static Stream<Terms> unrolledTerms(Activation activation) {
        return switch (activation) {
            case SOFTMAX -> Stream.of(Terms.OWN);
            case SIGMOID -> Stream.of(Terms.OWN, Terms.ANY);
            default -> Stream.of(Terms.EACH, Terms.ANY);
        };
    }

    /** What compares predictions with any numbers, with all choices at run time but the activation. */
    private static void addFields(Set<KernelVariant> variants, ElementType element) {
        for (Activation activation : Activation.values()) {
            for (Entry entry : List.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD)) {
                variants.add(new KernelVariant(entry, 0, activation, Layout.STRIDED, LabelKind.FIELD_ANY, element));
            }
        }
    }

    /** What computes any loss, with all choices at run time but the activation. */
    private static void addGeneral(Set<KernelVariant> variants, ElementType element) {
        for (LabelKind labels : List.of(LabelKind.INDEX_ANY, LabelKind.DENSE_ANY)) {
            for (Activation activation : Activation.values()) {
                for (Entry entry : List.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD, Entry.PIXEL_LOSSES)) {
                    variants.add(new KernelVariant(entry, 0, activation, Layout.STRIDED, labels, element)
                            .ofAnyChoices());
                }
            }
            variants.add(KernelChoice.weights(labels, element).ofAnyChoices());
        }
    }
}
