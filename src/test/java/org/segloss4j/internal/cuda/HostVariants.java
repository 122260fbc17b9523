package org.segloss4j.internal.cuda;

import java.util.HashSet;
import java.util.Set;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.LabelKind;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;

/**
 * Which variants tests build for the host by default: every choice occurs, with several others each. Of these, all
 * forms that occur: pixels of a thread, places of sums, kinds of pixel losses.
 */
public final class HostVariants {

    public static final Set<KernelVariant> SPECIAL = new HashSet<>();

    static {
        add(3, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, ElementType.FLOAT);
        add(19, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, ElementType.FLOAT);
        add(19, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.DENSE_FLOAT, ElementType.FLOAT);
        add(3, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.DENSE_FLOAT, ElementType.FLOAT);
        add(8, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.INDEX_INT32, ElementType.FLOAT);
        add(1, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.DENSE_FLOAT, ElementType.FLOAT);
        add(1, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, ElementType.FLOAT);
        add(3, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.DENSE_FLOAT, ElementType.HALF);
        add(3, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, ElementType.FLOAT);
        add(2, Activation.IDENTITY, Layout.CHANNELS_FIRST, LabelKind.DENSE_ANY, ElementType.DOUBLE);
        add(5, Activation.SIGMOID, Layout.CHANNELS_LAST, LabelKind.INDEX_INT64, ElementType.BFLOAT16);
        add(3, Activation.SIGMOID, Layout.ROWS, LabelKind.DENSE_FLOAT, ElementType.FLOAT);
        add(3, Activation.SIGMOID, Layout.ROWS, LabelKind.INDEX_UINT8, ElementType.FLOAT);
        add(3, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.WEIGHED_FLOAT, ElementType.FLOAT);
        add(2, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_FLOAT, ElementType.HALF);
        add(5, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.DENSE_ANY, ElementType.DOUBLE);
        add(3, Activation.IDENTITY, Layout.CHANNELS_FIRST, LabelKind.INDEX_INT32, ElementType.DOUBLE);
        add(0, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_FLOAT, ElementType.DOUBLE);
    }

    private HostVariants() {
    }

    private static void add(int classes, Activation activation, Layout layout, LabelKind labels, ElementType element) {
        SPECIAL.add(KernelChoice.weights(labels, element));
        for (Entry entry : new Entry[] {Entry.REGION_FORWARD, Entry.REGION_BACKWARD, Entry.PIXEL_LOSSES}) {
            SPECIAL.add(new KernelVariant(entry, classes, activation, layout, labels, element));
        }
    }

    /** Whether a variant is one of some, whatever its form. */
    static boolean isOneOf(Set<KernelVariant> some, KernelVariant v) {
        return some.contains(new KernelVariant(v.entry(), v.classes(), v.activation(), v.layout(), v.labels(),
                v.element()));
    }

    /** The variant that does the same with choices read at run time. */
    static KernelVariant general(KernelVariant v) {
        return new KernelVariant(v.entry(), 0, v.activation(), Layout.STRIDED, v.labels().ofAnyType(), v.element(),
                v.ofAnyClasses().extent()).counting(v.ofAnyClasses().counted());
    }

    /** Whether a variant is built by default, or its general form is. */
    static boolean isBuilt(KernelVariant variant) {
        return isOneOf(SPECIAL, variant) || variant.element() == ElementType.FLOAT;
    }
}
