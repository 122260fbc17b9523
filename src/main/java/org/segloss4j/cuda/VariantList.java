package org.segloss4j.cuda;

import java.util.ArrayList;
import java.util.List;
import org.segloss4j.backend.Activation;
import org.segloss4j.backend.ElementType;
import org.segloss4j.cuda.KernelVariant.Entry;
import org.segloss4j.cuda.KernelVariant.LabelKind;
import org.segloss4j.cuda.KernelVariant.Layout;

/** The kernels that are worth compiling before anyone asks for them. */
final class VariantList {

    private VariantList() {
    }

    /**
     * The variants for numbers of classes and element types: losses and gradients for every activation, layout and kind
     * of labels, and the kernels that count.
     *
     * @param classes  each C, or 0 for those that take any
     * @param elements types of predictions
     */
    static List<KernelVariant> of(List<Integer> classes, List<ElementType> elements) {
        List<KernelVariant> variants = new ArrayList<>();
        for (Entry entry : List.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD)) {
            for (ElementType element : elements) {
                classes.forEach(count -> addRegion(variants, entry, count, element));
            }
        }
        for (ElementType element : elements) {
            // The activation matters where there is one channel, and is left out otherwise.
            for (Activation activation : Activation.values()) {
                for (LabelKind labels : List.of(LabelKind.INDEX_ANY, LabelKind.DENSE_ANY)) {
                    variants.add(new KernelVariant(Entry.CONFUSION, 0, activation, Layout.STRIDED, labels, element));
                }
            }
        }
        variants.add(new KernelVariant(Entry.LABEL_HISTOGRAM, 0, Activation.IDENTITY, Layout.STRIDED,
                LabelKind.INDEX_ANY, ElementType.FLOAT));
        return variants;
    }

    private static void addRegion(List<KernelVariant> variants, Entry entry, int classes, ElementType element) {
        for (Activation activation : Activation.values()) {
            for (Layout layout : Layout.values()) {
                for (LabelKind labels : LabelKind.values()) {
                    variants.add(new KernelVariant(entry, classes, activation, layout, labels, element));
                }
            }
        }
    }
}
