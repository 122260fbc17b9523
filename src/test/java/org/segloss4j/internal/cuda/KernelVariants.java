package org.segloss4j.internal.cuda;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.Extent;
import org.segloss4j.internal.cuda.plan.KernelVariant.Further;
import org.segloss4j.internal.cuda.plan.KernelVariant.LabelKind;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;
import org.segloss4j.internal.cuda.plan.KernelVariant.Terms;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.VariantList;

/** Lists of variants for compilers. */
final class KernelVariants {

    private static final int[] CLASSES = {0, 1, 2, 3, 8, 12, 19, 21, 32, 150};

    /** Whose variants are built: what is the default, for channels that are not aligned, too. */
    private static final List<LaunchPolicy> USUAL = List.of(LaunchPolicy.DEFAULT, LaunchPolicy.DEFAULT.atMost(1));
    /** The same with others, so that each form of a variant occurs. */
    private static final List<LaunchPolicy> ALL_KINDS = Stream.of("t256b2v4s2r1", "t256b3v1s2r1", "t256b2v2s1r1",
            "t256b1v8s1r1", "t256b4v2s2r1", "t256b2v8s1r1")
            .map(LaunchPolicy::parse).toList();

    private KernelVariants() {
    }

    /** So many that any two choices occur together, if they can. */
    static List<KernelVariant> pairwise() {
        Set<KernelVariant> all = regions(ALL_KINDS);
        List<KernelVariant> chosen = new ArrayList<>();
        Set<String> open = new HashSet<>();
        all.forEach(v -> open.addAll(pairs(v)));
        while (!open.isEmpty()) {
            KernelVariant best = null;
            long most = 0;
            for (KernelVariant v : all) {
                long gain = pairs(v).stream().filter(open::contains).count();
                if (gain > most) {
                    most = gain;
                    best = v;
                }
            }
            chosen.add(best);
            open.removeAll(pairs(best));
        }
        return chosen;
    }

    /** Every variant that may be chosen for some numbers of classes, and the kernels that count. */
    static List<KernelVariant> all() {
        List<KernelVariant> all = new ArrayList<>(regions(USUAL));
        all.addAll(VariantList.of(List.of(), Stream.of(ElementType.values()).filter(e -> !e.integer()).toList(),
                LaunchPolicy.DEFAULT));
        all.addAll(unrolled());
        return all;
    }

    /** The largest kernels of separate terms, and some of fields. */
    private static List<KernelVariant> unrolled() {
        List<KernelVariant> all = new ArrayList<>();
        for (Entry entry : List.of(Entry.SET_ERRORS, Entry.SET_GRADIENT, Entry.HARDEST_LOSSES, Entry.HARDEST_GRADIENT,
                Entry.CALIBRATION_GRADIENT)) {
            all.add(new KernelVariant(entry, 32, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8,
                    ElementType.FLOAT));
            all.add(new KernelVariant(entry, 32, Activation.SOFTMAX, Layout.STRIDED, LabelKind.DENSE_FLOAT,
                    ElementType.HALF));
            all.add(new KernelVariant(entry, 12, Activation.SIGMOID, Layout.STRIDED, LabelKind.DENSE_FLOAT,
                    ElementType.DOUBLE));
        }
        for (Entry entry : List.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD)) {
            all.addAll(slicedLabels(entry));
            all.add(KernelChoice.special(entry, 8, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.FIELD_FLOAT,
                    ElementType.FLOAT, Terms.NONE, LaunchPolicy.DEFAULT));
            all.add(KernelChoice.special(entry, 19, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.FIELD_FLOAT,
                    ElementType.FLOAT, Terms.NONE, LaunchPolicy.DEFAULT));
        }
        return all;
    }

    /** Forms of dense labels whose warps share the channels of pixels, with the most classes that each form has. */
    private static List<KernelVariant> slicedLabels(Entry entry) {
        List<KernelVariant> all = new ArrayList<>();
        for (int classes : new int[] {48, 64, 80, 152}) {
            for (LabelKind labels : new LabelKind[] {LabelKind.DENSE_FLOAT, LabelKind.DENSE_ANY}) {
                for (ElementType element : new ElementType[] {ElementType.FLOAT, ElementType.HALF}) {
                    for (Layout layout : List.of(Layout.CHANNELS_FIRST, Layout.CHANNELS_LAST, Layout.STRIDED)) {
                        all.add(KernelChoice.special(entry, classes, Activation.SOFTMAX, layout, labels, element,
                                Terms.NONE, LaunchPolicy.DEFAULT));
                    }
                }
            }
        }
        all.add(KernelChoice.special(entry, 152, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.FIELD_FLOAT,
                ElementType.FLOAT, Terms.NONE, LaunchPolicy.DEFAULT));
        return all;
    }

    /** Both sweeps of losses with sums beyond those of every loss, in each form that there is. */
    static Stream<KernelVariant> further() {
        Further squares = new Further(true, false, 0);
        Further pairs = new Further(false, false, 3);
        Further dense = new Further(true, true, 0);
        return Stream.of(
                further(19, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, squares),
                further(19, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, pairs),
                further(4, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, squares),
                further(4, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, pairs),
                further(16, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_INT32, squares),
                further(32, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_INT64, squares),
                further(32, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, pairs),
                further(8, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.INDEX_INT32, squares),
                further(150, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, squares),
                further(40, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.INDEX_UINT8, squares),
                further(1, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, squares),
                further(8, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.DENSE_FLOAT, dense),
                further(8, Activation.SIGMOID, Layout.ROWS, LabelKind.DENSE_FLOAT, dense),
                further(3, Activation.SIGMOID, Layout.ROWS, LabelKind.DENSE_FLOAT, dense),
                further(8, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.WEIGHED_FLOAT, dense),
                further(8, Activation.SIGMOID, Layout.ROWS, LabelKind.WEIGHED_FLOAT, dense),
                further(8, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.WEIGHED_UINT8, squares),
                further(3, Activation.SIGMOID, Layout.ROWS, LabelKind.WEIGHED_INT64, squares),
                further(8, Activation.SIGMOID, Layout.ROWS, LabelKind.INDEX_UINT8, squares),
                further(3, Activation.SIGMOID, Layout.ROWS, LabelKind.INDEX_INT64, squares),
                further(8, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.DENSE_FLOAT, dense),
                further(19, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_FLOAT, squares),
                // The most classes of rows of which two resident blocks have the gradient.
                Stream.of(KernelChoice.special(Entry.REGION_BACKWARD, 19, Activation.SOFTMAX, Layout.CHANNELS_LAST,
                        LabelKind.DENSE_FLOAT, ElementType.FLOAT, Terms.NONE, LaunchPolicy.DEFAULT)))
                .flatMap(forms -> forms);
    }

    /** Kernels of exact pixel losses that have unrolled loops, a handful of each kind. */
    static Stream<KernelVariant> exactTerms() {
        return Stream.of(exactTerms(1, Activation.SIGMOID, LabelKind.INDEX_UINT8, Terms.EACH),
                exactTerms(8, Activation.SIGMOID, LabelKind.DENSE_FLOAT, Terms.EACH),
                exactTerms(8, Activation.SIGMOID, LabelKind.INDEX_UINT8, Terms.EACH),
                exactTerms(8, Activation.SIGMOID, LabelKind.INDEX_UINT8, Terms.ANY),
                exactTerms(8, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, Terms.EACH,
                        new Further(true, false, 0)).filter(v -> v.entry() != Entry.PIXEL_LOSSES),
                exactTerms(8, Activation.SIGMOID, Layout.ROWS, LabelKind.DENSE_FLOAT, Terms.EACH, Further.NONE),
                exactTerms(19, Activation.SIGMOID, Layout.ROWS, LabelKind.DENSE_FLOAT, Terms.EACH, Further.NONE),
                exactTerms(200, Activation.SIGMOID, Layout.ROWS, LabelKind.DENSE_FLOAT, Terms.ANY, Further.NONE),
                exactTerms(8, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.WEIGHED_FLOAT, Terms.EACH,
                        Further.NONE),
                exactTerms(8, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.WEIGHED_FLOAT, Terms.ANY,
                        Further.NONE),
                exactTerms(19, Activation.SIGMOID, Layout.ROWS, LabelKind.WEIGHED_FLOAT, Terms.EACH, Further.NONE),
                exactTerms(8, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.WEIGHED_UINT8, Terms.EACH,
                        Further.NONE),
                exactTerms(8, Activation.SIGMOID, Layout.CHANNELS_FIRST, LabelKind.WEIGHED_INT32, Terms.ANY,
                        Further.NONE),
                exactTerms(19, Activation.SIGMOID, Layout.ROWS, LabelKind.WEIGHED_INT64, Terms.EACH, Further.NONE),
                exactTerms(8, Activation.SIGMOID, Layout.ROWS, LabelKind.INDEX_UINT8, Terms.EACH, Further.NONE),
                exactTerms(19, Activation.SIGMOID, Layout.ROWS, LabelKind.INDEX_INT64, Terms.EACH, Further.NONE),
                exactTerms(100, Activation.SIGMOID, Layout.ROWS, LabelKind.INDEX_INT32, Terms.ANY, Further.NONE),
                exactTerms(4, Activation.SOFTMAX, LabelKind.DENSE_FLOAT, Terms.EACH),
                exactTerms(19, Activation.SOFTMAX, LabelKind.DENSE_FLOAT, Terms.EACH),
                exactTerms(32, Activation.SOFTMAX, LabelKind.DENSE_FLOAT, Terms.EACH),
                exactTerms(24, Activation.SOFTMAX, LabelKind.DENSE_FLOAT, Terms.ANY),
                exactTerms(31, Activation.SOFTMAX, LabelKind.DENSE_FLOAT, Terms.ANY),
                exactTerms(32, Activation.SOFTMAX, LabelKind.DENSE_FLOAT, Terms.ANY),
                exactTerms(19, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_FLOAT, Terms.EACH,
                        Further.NONE),
                exactTerms(24, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_FLOAT, Terms.ANY,
                        Further.NONE),
                exactTerms(32, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_FLOAT, Terms.ANY,
                        Further.NONE),
                exactTerms(152, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_FLOAT, Terms.ANY,
                        Further.NONE),
                exactTerms(24, Activation.IDENTITY, Layout.CHANNELS_LAST, LabelKind.DENSE_FLOAT, Terms.EACH,
                        Further.NONE),
                exactTerms(72, Activation.SOFTMAX, LabelKind.DENSE_FLOAT, Terms.EACH),
                exactTerms(80, Activation.SOFTMAX, LabelKind.DENSE_FLOAT, Terms.EACH),
                exactTerms(72, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_ANY, Terms.ANY,
                        Further.NONE),
                exactTerms(152, Activation.SOFTMAX, LabelKind.DENSE_FLOAT, Terms.ANY),
                exactTerms(152, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_ANY, Terms.ANY,
                        Further.NONE),
                exactTerms(24, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.DENSE_FLOAT, Terms.ANY,
                        new Further(true, false, 0)),
                exactTerms(19, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.DENSE_ANY, Terms.ANY,
                        new Further(true, true, 0)),
                exactTerms(4, Activation.SOFTMAX, LabelKind.INDEX_UINT8, Terms.EACH),
                exactTerms(19, Activation.SOFTMAX, LabelKind.INDEX_UINT8, Terms.EACH),
                exactTerms(152, Activation.SOFTMAX, LabelKind.INDEX_UINT8, Terms.EACH),
                exactTerms(152, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.INDEX_INT64, Terms.EACH,
                        Further.NONE),
                exactTerms(4, Activation.SOFTMAX, LabelKind.INDEX_UINT8, Terms.ANY),
                exactTerms(19, Activation.SOFTMAX, LabelKind.INDEX_UINT8, Terms.ANY),
                exactTerms(32, Activation.SOFTMAX, LabelKind.INDEX_UINT8, Terms.ANY),
                exactTerms(152, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.INDEX_INT64, Terms.ANY,
                        Further.NONE),
                exactTerms(19, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.INDEX_UINT8, Terms.ANY,
                        new Further(true, false, 0)).filter(v -> v.entry() != Entry.PIXEL_LOSSES),
                exactTerms(19, Activation.SOFTMAX, LabelKind.INDEX_UINT8, Terms.OWN),
                exactTerms(19, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, Terms.OWN,
                        new Further(false, false, 1)).filter(v -> v.entry() == Entry.REGION_FORWARD),
                exactTerms(1, Activation.IDENTITY, LabelKind.INDEX_UINT8, Terms.ANY),
                exactTerms(8, Activation.IDENTITY, LabelKind.DENSE_FLOAT, Terms.ANY),
                exactTerms(4, Activation.IDENTITY, LabelKind.INDEX_UINT8, Terms.EACH),
                exactTerms(19, Activation.IDENTITY, LabelKind.INDEX_UINT8, Terms.EACH),
                exactTerms(19, Activation.IDENTITY, LabelKind.DENSE_FLOAT, Terms.EACH),
                exactTerms(32, Activation.IDENTITY, LabelKind.DENSE_ANY, Terms.EACH),
                exactTerms(150, Activation.SOFTMAX, LabelKind.INDEX_UINT8, Terms.OWN),
                exactTerms(152, Activation.SOFTMAX, Layout.CHANNELS_LAST, LabelKind.INDEX_UINT8, Terms.OWN,
                        Further.NONE),
                exactTerms(150, Activation.SOFTMAX, Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, Terms.OWN,
                        new Further(true, false, 0)).filter(v -> v.entry() != Entry.PIXEL_LOSSES))
                .flatMap(each -> each);
    }

    private static Stream<KernelVariant> exactTerms(int classes, Activation activation, LabelKind labels,
                                                    Terms terms) {
        return exactTerms(classes, activation, Layout.CHANNELS_FIRST, labels, terms, Further.NONE);
    }

    private static Stream<KernelVariant> exactTerms(int classes, Activation activation, Layout layout,
                                                    LabelKind labels, Terms terms, Further further) {
        return Stream.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD, Entry.PIXEL_LOSSES)
                .map(entry -> KernelChoice.special(entry, classes, activation, layout, labels,
                        ElementType.FLOAT, terms, LaunchPolicy.DEFAULT, Extent.EXACT, further));
    }

    private static Stream<KernelVariant> further(int classes, Activation activation, Layout layout, LabelKind labels,
                                                 Further further) {
        return Stream.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD).map(entry -> KernelChoice.special(entry, classes,
                activation, layout, labels, ElementType.FLOAT, Terms.NONE, LaunchPolicy.DEFAULT, Extent.EXACT,
                further));
    }

    private static Set<KernelVariant> regions(List<LaunchPolicy> policies) {
        Set<KernelVariant> all = new LinkedHashSet<>();
        for (Entry entry : new Entry[] {Entry.REGION_FORWARD, Entry.REGION_BACKWARD, Entry.PIXEL_LOSSES}) {
            for (int classes : CLASSES) {
                for (ElementType element : ElementType.values()) {
                    boolean possible = !element.integer() && !(element == ElementType.DOUBLE && classes > 12);
                    for (Layout layout : possible ? Layout.values() : new Layout[0]) {
                        if (classes == 1 && layout == Layout.CHANNELS_LAST) {
                            continue;
                        }
                        for (Activation activation : Activation.values()) {
                            for (LabelKind labels : LabelKind.TRUTHS) {
                                all.addAll(forms(new KernelVariant(entry, classes, activation, layout, labels,
                                        element), policies));
                            }
                        }
                    }
                }
            }
        }
        return all;
    }

    /** Every form of a variant that some policies ask for. */
    private static Set<KernelVariant> forms(KernelVariant v, List<LaunchPolicy> policies) {
        Set<KernelVariant> forms = new LinkedHashSet<>();
        for (Terms terms : Terms.values()) {
            boolean possible = v.entry() != Entry.PIXEL_LOSSES || terms != Terms.NONE;
            if (possible && (terms != Terms.OWN || !v.labels().isDense())) {
                for (LaunchPolicy policy : policies) {
                    forms.add(KernelChoice.special(v.entry(), v.classes(), v.activation(), v.layout(), v.labels(),
                            v.element(), terms, policy));
                }
            }
        }
        return forms;
    }

    private static Set<String> pairs(KernelVariant v) {
        List<Object> choices = List.of(v.entry(), v.classes(), v.activation(), v.layout(), v.labels(), v.element(),
                v.sums(), v.vector(), v.terms(), v.resident());
        Set<String> pairs = new HashSet<>();
        for (int i = 0; i < choices.size(); i++) {
            for (int j = 0; j < i; j++) {
                pairs.add(i + " " + choices.get(i) + " " + j + " " + choices.get(j));
            }
        }
        return pairs;
    }
}
