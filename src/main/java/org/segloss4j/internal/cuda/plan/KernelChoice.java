package org.segloss4j.internal.cuda.plan;

import java.util.List;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.Extent;
import org.segloss4j.internal.cuda.plan.KernelVariant.Further;
import org.segloss4j.internal.cuda.plan.KernelVariant.LabelKind;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;
import org.segloss4j.internal.cuda.plan.KernelVariant.Sums;
import org.segloss4j.internal.cuda.plan.KernelVariant.Terms;

/** Chooses the variant of a kernel for a batch. */
public final class KernelChoice {

    /** The most classes for which loops over classes are unrolled. */
    private static final int UNROLLED = 32;
    /** The same for predictions of type DOUBLE, which take two registers each. */
    private static final int UNROLLED_DOUBLE = 12;
    /** The most classes whose indices leave a bit of a byte, of which rows of class indices are made. */
    private static final int MOST_IN_BYTES = 128;
    /** The most classes that the warps of a block can share: more bins of index labels do not fit into memory. */
    private static final int SLICED = 152;
    /** The warps that share them. */
    private static final int SLICING = SharedMemory.SLICE_THREADS / 32;
    /** The most predictions that a thread holds where warps share dense labels, beside as many of these. */
    private static final int SLICED_VALUES = 40;
    /** The same beside pixel losses, whose slopes take further registers. */
    private static final int SLICED_TRUTH_VALUES = 38;
    /** Of two pixels, the most channels of a slice for which the registers of two blocks are enough beside sums. */
    private static final int FEW_SUMS = 6;
    /** The same for the gradient. */
    private static final int FEW_SLOPES = 8;
    /** The most classes that are few for the sums of class indices where channels are last. */
    private static final int FEW_IN_ROWS = 7;
    /** The most predictions that a thread holds in registers. */
    private static final int VALUES = 42;
    /** The same for dense labels, of which a thread holds as many. */
    private static final int DENSE_VALUES = 28;
    /** The same beside pixel losses of dense labels, with four numbers of each in the registers of two blocks. */
    private static final int TRUTH_VALUES = 16;
    /** The most classes that fit into these. */
    private static final int TRUTH_CLASSES = 14;
    /** Three numbers of each prediction and three sums of each class fit into these. */
    private static final int TRUTH_SUMS = 64;
    /** The most probabilities that a thread holds, beside as many dense labels and the sums of classes. */
    private static final int GIVEN_VALUES = 38;
    /** The most sums of dense labels, with further ones, beside pixel losses: what 32 classes have without these. */
    private static final int TRUTH_FURTHER = 96;
    /** Those of them that class indices leave no registers for, where channels come through shared memory. */
    private static final int OF_CLASSES = 16;
    /** 32-bit registers of a multiprocessor. */
    private static final int REGISTERS = 65536;
    /** Registers that a thread needs in addition to predictions, labels and sums; see {@link #beside}. */
    private static final int BESIDE = 42;
    /** Registers that it takes to check dense labels and to add them up. */
    private static final int OF_DENSE_SUMS = 21;
    /** Registers that it takes to read the prediction of the label's class once more. */
    private static final int OF_LABEL = 24;
    /** Registers that squares need beside those of each class. */
    private static final int OF_SQUARES = 12;
    /** Registers for each sum over pairs of classes. */
    private static final int OF_PAIR = 10;
    /** Registers that these take beside losses of the true class, which look at it once more. */
    private static final int OF_PAIRS_AND_LOSSES = 25;
    /** The most blocks of 256 threads that a multiprocessor is asked to have registers for. */
    private static final int MOST_RESIDENT = 3;

    /** The kernels of separate terms that read predictions. */
    static final List<Entry> SEPARATE = List.of(Entry.SET_ERRORS, Entry.SET_GRADIENT, Entry.HARDEST_LOSSES,
            Entry.HARDEST_GRADIENT, Entry.CALIBRATION_COUNT, Entry.CALIBRATION_GRADIENT);
    /** Those that read none, for which the type of the arithmetic is enough. */
    static final List<Entry> OF_NUMBERS = List.of(Entry.RADIX_COUNT, Entry.RADIX_SCATTER, Entry.LOVASZ_MASSES,
            Entry.LOVASZ_STEPS, Entry.BIN_STEPS, Entry.SELECT_DIGIT, Entry.HARDEST_SUMS, Entry.CALIBRATION_UNIT,
            Entry.CALIBRATION_SLOPES);

    private KernelChoice() {
    }

    /**
     * The variant of a sweep.
     *
     * @param terms  the pixel losses
     * @param extent what it has to compute
     * @param further what is summed beyond the sums of every loss
     */
    public static KernelVariant sweep(Entry entry, Batch batch, Integer ignore, Terms terms, Extent extent,
                                      Further further, LaunchPolicy policy) {
        Tensor predictions = batch.predictions();
        LabelKind labels = BatchLayout.labels(batch.labels());
        boolean isWeighed = BatchLayout.weighsOutputs(batch, ignore);
        if (extent != Extent.GENERAL) {
            // Weights of outputs, and labels of a class that make all outputs void, are known by channel alone.
            LabelKind weighed = isWeighed || BatchLayout.ignoresClass(batch, ignore) ? labels.weighed() : null;
            KernelVariant byChannel = weighed == null ? null
                    : special(entry, batch, weighed, terms, extent, further, policy);
            if (byChannel != null && byChannel.sums() == Sums.CHANNELS) {
                return byChannel;
            }
            if (!isWeighed) {
                return special(entry, batch, labels, terms, extent, further, policy);
            }
        }
        return new KernelVariant(entry, 0, batch.activation(), BatchLayout.layout(predictions), labels,
                predictions.type(), extent == Extent.PLAIN ? Extent.PLAIN : Extent.GENERAL);
    }

    /** The variant for a batch whose labels are of a kind; of an extent, which is not GENERAL. */
    private static KernelVariant special(Entry entry, Batch batch, LabelKind labels, Terms terms, Extent extent,
                                         Further further, LaunchPolicy policy) {
        Tensor predictions = batch.predictions();
        // All channels have to be aligned alike; where an example begins does not matter.
        long aligned = predictions.channels() == 1 ? predictions.pixels()
                : Long.lowestOneBit(predictions.channelStride());
        Layout layout = BatchLayout.liesInRows(batch) ? Layout.ROWS : BatchLayout.layout(predictions);
        return special(entry, predictions.channels(), batch.activation(), layout, labels, predictions.type(), terms,
                policy.atMost(predictions.pixelStride() == 1 ? Math.min(predictions.pixels(), aligned) : 1), extent,
                further);
    }

    /** The variant of an extent, which is not GENERAL, without further statistics. */
    public static KernelVariant special(Entry entry, int classes, Activation activation, Layout layout,
                                        LabelKind labels, ElementType element, Terms wanted, LaunchPolicy policy,
                                        Extent extent) {
        return special(entry, classes, activation, layout, labels, element, wanted, policy, extent, Further.NONE);
    }

    /**
     * The variant of an extent for a number of classes or, if that is too large, the one for any number.
     *
     * @param extent  not GENERAL
     * @param further what is summed beyond the sums of every loss; none for a plain one
     */
    public static KernelVariant special(Entry entry, int classes, Activation activation, Layout layout,
                                        LabelKind labels, ElementType element, Terms wanted, LaunchPolicy policy,
                                        Extent extent, Further further) {
        if (extent == Extent.PLAIN) {
            return special(entry, classes, activation, layout, labels, element, wanted, policy);
        }
        if (activation == Activation.IDENTITY && wanted != Terms.NONE) {
            Layout known = layout.ofAnyClasses();
            boolean byChannel = wanted == Terms.ANY && isByChannel(classes, activation, layout, labels);
            return byChannel ? byChannel(entry, classes, activation, layout, labels, element, wanted, true).of(extent)
                    : wanted == Terms.EACH ? ofProbabilities(entry, classes, known, labels, element, policy)
                    : new KernelVariant(entry, 0, activation, known, labels, element, Extent.GENERAL);
        }
        if (activation == Activation.SIGMOID && wanted != Terms.NONE) {
            return isByChannel(classes, activation, layout, labels) && !further.distances() && further.pairs() == 0
                    ? byChannel(entry, classes, activation, layout, labels, element,
                    wanted == Terms.ANY ? Terms.ANY : Terms.EACH, true).of(further)
                    : new KernelVariant(entry, 0, activation, layout.ofAnyClasses(), labels, element, Extent.GENERAL);
        }
        if (wanted == Terms.ANY && !labels.isDense() && activation == Activation.SOFTMAX
                && element != ElementType.DOUBLE) {
            KernelVariant spread = special(entry, classes, activation, layout, LabelKind.SPREAD_INDEX, element, wanted,
                    policy, extent, further);
            if (spread.classes() > 0) {
                return spread;
            }
        }
        if (labels.isDense() && wanted != Terms.NONE) {
            KernelVariant alone = special(entry, classes, activation, layout, labels, element, Terms.NONE, policy);
            boolean sums = further.equals(Further.NONE) || activation == Activation.SOFTMAX && !alone.slicesLabels()
                    && further.pairs() == 0 && element != ElementType.DOUBLE
                    && sumsOfClass(further) * classes <= mostFurther(layout, labels);
            boolean isSpread = labels == LabelKind.SPREAD_INDEX;
            boolean unrolled = alone.classes() > 0 && (isSpread || LabelKind.TRUTHS.contains(labels)) && sums;
            return unrolled ? ofTruths(alone, wanted == Terms.ANY ? Terms.ANY : Terms.EACH, further, policy).of(further)
                    : alone.of(extent).ofAnyClasses();
        }
        if (wanted == Terms.EACH) {
            // Smoothed labels under a softmax, in the form of losses of the true class.
            KernelVariant own = special(entry, classes, activation, layout, labels, element, Terms.OWN, policy);
            // The registers of two blocks do not hold a slice and what losses take.
            boolean crowded = own.sums() == Sums.SLICES;
            return own.classes() > 0 && own.terms() == Terms.OWN && further.equals(Further.NONE)
                    ? new KernelVariant(entry, classes, activation, layout, labels, element, own.sums(),
                    own.vector(), Terms.EACH, crowded ? 1 : own.resident()).of(extent)
                    : own.of(extent).ofAnyClasses();
        }
        KernelVariant plain = special(entry, classes, activation, layout, labels, element, wanted, further, policy);
        boolean unrolled = plain.classes() > 0 && plain.terms() != Terms.ANY
                && (plain.sums() != Sums.SLICES || further.pairs() == 0)
                && !(plain.slicesLabels() && !further.equals(Further.NONE))
                && !(labels.isDense() && sumsOfClass(further) * classes > mostSums(layout, labels));
        // The registers of two blocks do not hold a slice, its sums or places of its rows, and all curves.
        boolean crowded = plain.sums() == Sums.SLICES && plain.terms() == Terms.OWN
                && (entry == Entry.REGION_FORWARD || layout == Layout.CHANNELS_LAST);
        KernelVariant alone = crowded ? new KernelVariant(entry, classes, activation, layout, labels, element,
                plain.sums(), plain.vector(), plain.terms(), 1) : plain;
        return unrolled ? alone.of(further) : plain.of(extent).ofAnyClasses();
    }

    /**
     * The variant for a number of classes or, if that is too large, the one for any number. A thread takes as many
     * pixels at a time as fit into one load of 16 bytes. It takes fewer if they would not fit into registers, and only
     * one if the kernel reads channels from memory again.
     */
    public static KernelVariant special(Entry entry, int classes, Activation activation, Layout layout,
                                        LabelKind labels, ElementType element, Terms wanted, LaunchPolicy policy) {
        return special(entry, classes, activation, layout, labels, element, wanted, Further.NONE, policy);
    }

    /** The same with registers left free for further statistics. */
    public static KernelVariant special(Entry entry, int classes, Activation activation, Layout layout,
                                        LabelKind labels, ElementType element, Terms wanted, Further further,
                                        LaunchPolicy policy) {
        // One channel after the other, if none depends on another. How many pixels a thread takes is part of the
        // kernel, whatever the policy says. Beside scores, pixel losses need the forward sweep to know them.
        boolean each = entry == Entry.PIXEL_LOSSES ? wanted != Terms.ANY : wanted == Terms.NONE;
        if (each && isByChannel(classes, activation, layout, labels)) {
            return byChannel(entry, classes, activation, layout, labels, element,
                    entry == Entry.PIXEL_LOSSES ? Terms.EACH : wanted, false);
        }
        if (layout == Layout.ROWS) {
            return special(entry, classes, activation, Layout.CHANNELS_LAST, labels, element, wanted, further, policy);
        }
        Terms terms = wanted == Terms.EACH ? Terms.ANY : wanted;
        // Rows in shared memory, sums and curves take the last registers that doubles leave.
        boolean curvesOfRows = terms == Terms.ANY && layout == Layout.CHANNELS_LAST;
        int most = element != ElementType.DOUBLE ? UNROLLED : curvesOfRows ? UNROLLED_DOUBLE - 1 : UNROLLED_DOUBLE;
        if (classes == 0 || classes > most) {
            boolean slices = classes > 0 && classes <= SLICED && element != ElementType.DOUBLE && terms != Terms.ANY
                    && (!labels.isDense() || activation == Activation.SOFTMAX && terms == Terms.NONE);
            int slice = (classes + SLICING - 1) / SLICING;
            // Four pixels at a time leave no registers for anything beside region sums.
            boolean sumsAlone = entry == Entry.REGION_FORWARD && terms == Terms.NONE;
            // With these, the assembler spills registers to make room for a second block.
            boolean crowded = isOfAnyType(labels) || entry == Entry.REGION_BACKWARD && terms == Terms.OWN
                    && layout == Layout.CHANNELS_LAST;
            crowded = crowded || further.squares();
            if (slices && labels.isDense()) {
                return slicedLabels(entry, classes, layout, labels, element, policy);
            }
            return slices ? new KernelVariant(entry, classes, activation, layout, labels, element, Sums.SLICES,
                    vector(slice, layout, element, policy.atMost(sumsAlone ? 4 : 2), VALUES), terms, crowded ? 1 : 2)
                    : new KernelVariant(entry, 0, activation, layout, labels, element);
        }
        boolean forward = entry == Entry.REGION_FORWARD;
        Sums sums = !forward ? Sums.NONE : labels.isDense() ? Sums.REGISTERS : policy.sums();
        int vector = terms == Terms.ANY ? 1
                : vector(classes, layout, element, policy, labels.isDense() ? DENSE_VALUES : VALUES);
        int held = vector * classes + (labels.isDense() ? vector * classes + (forward ? OF_DENSE_SUMS : 0) : 0)
                + (sums == Sums.BINS ? classes : sums == Sums.REGISTERS ? sumsOfClass(further) * classes : 0)
                // The slopes of all classes stay beside channels that come through shared memory.
                + (!forward && terms == Terms.OWN && layout == Layout.CHANNELS_LAST ? classes : 0)
                // The sums stay while the prediction of the label's class is read again.
                + (forward && terms == Terms.OWN && activation != Activation.SOFTMAX ? OF_LABEL : 0)
                // Sums, exponentials and the way to the bins of so many classes fill all registers of two blocks.
                + (forward && classes == UNROLLED && element.bytes() > 2 ? OF_LABEL : 0)
                // The squares of all classes or, of the gradient, probabilities and the slopes by them.
                + (further.squares() && !labels.isDense() ? (forward ? 1 : 2) * classes + OF_SQUARES : 0)
                + (forward ? OF_PAIR * further.pairs() : 0)
                + (forward && further.pairs() > 0 && terms == Terms.OWN ? OF_PAIRS_AND_LOSSES : 0)
                + beside(classes, layout, labels, element);
        // A kernel that has both losses and gradient needs more.
        int mostResident = entry == Entry.PIXEL_LOSSES ? MOST_RESIDENT - 1 : MOST_RESIDENT;
        int resident = Math.min(mostResident, residentOf(policy));
        if (!forward && labels.isDense() && (further.squares() || further.distances())) {
            // Probabilities and truths stay beside the slopes by them: the assembler spills with two blocks.
            resident = 1;
        }
        if (forward && layout == Layout.CHANNELS_LAST && !labels.isDense() && classes <= FEW_IN_ROWS) {
            // Held to two blocks, the assembler spills some of these as NVRTC writes them; by itself it takes as few.
            resident = 1;
        }
        boolean known = terms != Terms.ANY && element != ElementType.DOUBLE;
        // A thread gets registers in multiples of eight. With three resident blocks it has few, and the assembler
        // spills unless some more are left free.
        while (resident > 1 && !(known && held + (resident < 3 ? 0 : vector > 1 || terms == Terms.OWN ? 24 : 16)
                <= REGISTERS / 256 / resident / 8 * 8)) {
            resident--;
        }
        return new KernelVariant(entry, classes, activation, layout, labels, element, sums, vector, terms, resident);
    }

    /**
     * The form of a kernel of clipped curves of the classes of a pixel, of predictions that are probabilities: of class
     * indices as that of any plain losses of the label's class, and of dense labels with all sums in registers.
     */
    private static KernelVariant ofProbabilities(Entry entry, int classes, Layout layout, LabelKind labels,
                                                 ElementType element, LaunchPolicy policy) {
        KernelVariant own = special(entry, classes, Activation.IDENTITY, layout, labels, element,
                labels.isDense() ? Terms.ANY : Terms.OWN, policy);
        if (own.classes() < 2 || own.sums() == Sums.SLICES || !LabelKind.TRUTHS.contains(labels)) {
            return new KernelVariant(entry, 0, Activation.IDENTITY, layout, labels, element, Extent.GENERAL);
        }
        // Of doubles, two pixels of many classes would take more registers than there are.
        int pair = element == ElementType.DOUBLE ? 1
                : vector(classes, layout, element, policy.atMost(2), GIVEN_VALUES);
        int vector = labels.isDense() ? Math.max(pair, vector(classes, layout, element, policy, TRUTH_VALUES))
                : own.vector();
        return new KernelVariant(entry, classes, Activation.IDENTITY, layout, labels, element, own.sums(), vector,
                Terms.EACH, own.resident()).of(Extent.EXACT);
    }

    /**
     * The form of a kernel of dense labels with pixel losses. A thread holds logits, truths, probabilities and slopes
     * of all classes, for which one pixel of many classes takes the registers of two blocks.
     */
    private static KernelVariant ofTruths(KernelVariant alone, Terms terms, Further further, LaunchPolicy policy) {
        int classes = alone.classes();
        if (alone.slicesLabels()) {
            int slice = (classes + SLICING - 1) / SLICING;
            int vector = vector(slice, alone.layout(), alone.element(), policy, SLICED_TRUTH_VALUES);
            // Of four pixels of more channels, the slopes have no registers.
            return new KernelVariant(alone.entry(), classes, alone.activation(), alone.layout(), alone.labels(),
                    alone.element(), alone.sums(), slice > FEW_SLOPES ? Math.min(2, vector) : vector,
                    terms, 1);
        }
        int vector = vector(classes, alone.layout(), alone.element(), policy,
                further.equals(Further.NONE) ? TRUTH_VALUES : TRUTH_VALUES / 2);
        // Rows in shared memory take some of these registers.
        int rows = alone.layout() == Layout.CHANNELS_LAST ? 2 : 1;
        boolean fits = alone.entry() == Entry.REGION_FORWARD ? 3 * (vector + 1) * classes <= TRUTH_SUMS / rows
                : vector * classes <= TRUTH_VALUES / rows && classes <= TRUTH_CLASSES;
        return new KernelVariant(alone.entry(), classes, alone.activation(), alone.layout(), alone.labels(),
                alone.element(), alone.sums(), vector, terms,
                terms == Terms.EACH && fits && further.equals(Further.NONE) && alone.element() != ElementType.DOUBLE
                        ? Math.min(2, residentOf(policy)) : 1);
    }

    /** The form of a kernel of dense labels whose warps share the channels of a pixel, under a softmax. */
    private static KernelVariant slicedLabels(Entry entry, int classes, Layout layout, LabelKind labels,
                                              ElementType element, LaunchPolicy policy) {
        int slice = (classes + SLICING - 1) / SLICING;
        boolean few = slice <= (entry == Entry.REGION_FORWARD ? FEW_SUMS : FEW_SLOPES)
                && layout == Layout.CHANNELS_FIRST && !isOfAnyType(labels);
        return new KernelVariant(entry, classes, Activation.SOFTMAX, layout, labels, element, Sums.SLICES,
                vector(slice, layout, element, policy.atMost(few ? 2 : 4), SLICED_VALUES), Terms.NONE, few ? 2 : 1);
    }

    /** I, P and G of each class, and further statistics. */
    private static int sumsOfClass(Further further) {
        return 3 + (further.squares() ? 1 : 0) + (further.distances() ? 1 : 0);
    }

    /** The most sums of dense labels for which the registers of a thread are enough. */
    private static int mostSums(Layout layout, LabelKind labels) {
        return layout == Layout.CHANNELS_FIRST && !isOfAnyType(labels) ? 4 * UNROLLED : 4 * UNROLLED - 8;
    }

    /**
     * The same beside pixel losses, with further ones. What finds class indices that do not lie side by side takes some
     * of these registers.
     */
    private static int mostFurther(Layout layout, LabelKind labels) {
        boolean isFound = labels == LabelKind.SPREAD_INDEX && layout != Layout.CHANNELS_FIRST;
        return isFound ? TRUTH_FURTHER - OF_CLASSES : TRUTH_FURTHER;
    }

    /** Blocks of 256 threads that a policy wants at the same time on a multiprocessor. */
    private static int residentOf(LaunchPolicy policy) {
        return Math.max(1, policy.blocks() * policy.threads() / 256);
    }

    /**
     * Whether channels can be taken one after the other: none depends on another, and each has labels of its own or
     * makes truths of class indices in few instructions beside those of a sigmoid.
     */
    private static boolean isByChannel(int classes, Activation activation, Layout layout, LabelKind labels) {
        boolean hasTruths = classes == 1 || labels.isDense() || activation == Activation.SIGMOID;
        // Threads share the channels of rows, so that their number takes no registers.
        int most = layout == Layout.CHANNELS_FIRST ? UNROLLED
                : layout != Layout.ROWS ? 0 : labels.isDense() ? SharedMemory.ROW_THREADS : MOST_IN_BYTES;
        return classes > 0 && classes <= most && activation != Activation.SOFTMAX && hasTruths;
    }

    private static KernelVariant byChannel(Entry entry, int classes, Activation activation, Layout layout,
                                           LabelKind labels, ElementType element, Terms terms, boolean exact) {
        // The slopes of losses by probabilities take more registers than those by logits, several channels than one,
        // dense labels beside exact losses, which have loops for soft ones, too, than class indices, and a loop for
        // both value and slope of clipped curves more than one for either. Slopes by probabilities spill, too.
        boolean slopes = exact && activation == Activation.IDENTITY && entry == Entry.REGION_BACKWARD;
        boolean crowded = element == ElementType.DOUBLE || exact && labels.isDense() || slopes
                || entry == Entry.PIXEL_LOSSES
                && (activation == Activation.IDENTITY || classes > 1 || exact && terms == Terms.ANY);
        return new KernelVariant(entry, classes, activation, layout, labels, element, Sums.CHANNELS,
                element == ElementType.DOUBLE ? 2 : 4, terms, crowded ? 1 : 2);
    }

    /** Pixels that a thread takes at a time if it holds so many channels of each, and at most so many predictions. */
    private static int vector(int channels, Layout layout, ElementType element, LaunchPolicy policy, int most) {
        int vector = layout != Layout.CHANNELS_FIRST ? 1 : Math.min(policy.vector(), 16 / element.bytes());
        while (vector > 1 && vector * channels > most) {
            vector /= 2;
        }
        return vector;
    }

    /**
     * Registers that a thread needs in addition to predictions, labels and sums. It needs more if channels come through
     * shared memory, if no stride is known to be 1, and if the type of labels is only known at run time. The numbers
     * were found by assembling all variants for all architectures until none of them spilled.
     */
    private static int beside(int classes, Layout layout, LabelKind labels, ElementType element) {
        int ofLayout = layout == Layout.CHANNELS_LAST ? 40 : layout == Layout.STRIDED ? 24 : 0;
        return BESIDE + ofLayout + (isOfAnyType(labels) && !labels.isDense() ? 40 : 0)
                + (element.bytes() == 2 ? classes > 24 ? 24 : 8 : 0);
    }

    private static boolean isOfAnyType(LabelKind labels) {
        return labels == labels.ofAnyType();
    }

    /** The variant that counts pairs. There are few, since memory bounds its speed however it is compiled. */
    public static KernelVariant confusion(Batch batch) {
        Activation activation = batch.predictions().channels() == 1 ? batch.activation() : Activation.IDENTITY;
        boolean index = batch.labels().kind() == Labels.Kind.INDEX;
        return new KernelVariant(Entry.CONFUSION, 0, activation, Layout.STRIDED,
                index ? LabelKind.INDEX_ANY : LabelKind.DENSE_ANY, batch.predictions().type());
    }

    /** The variant that counts outcomes. Of activations it knows nothing but what predictions are compared with. */
    public static KernelVariant outcomes(Batch batch) {
        boolean index = batch.labels().kind() == Labels.Kind.INDEX;
        return outcomes(index ? LabelKind.INDEX_ANY : LabelKind.DENSE_ANY, batch.predictions().type());
    }

    /** The same for labels and predictions of a type. */
    static KernelVariant outcomes(LabelKind labels, ElementType element) {
        return new KernelVariant(Entry.OUTCOMES, 0, Activation.IDENTITY, Layout.STRIDED, labels, element);
    }

    /** The variant that adds up weights. There are few, since memory bounds its speed however it is compiled. */
    public static KernelVariant weights(Batch batch) {
        return weights(BatchLayout.labels(batch.labels()), batch.predictions().type());
    }

    /** The same for losses of an extent. */
    public static KernelVariant weights(Batch batch, Extent extent) {
        return weights(batch).of(extent);
    }

    /** The same for a kind of labels and a type of predictions. */
    public static KernelVariant weights(LabelKind labels, ElementType element) {
        return new KernelVariant(Entry.PIXEL_WEIGHTS, 0, Activation.IDENTITY, Layout.STRIDED, labels,
                element == ElementType.DOUBLE ? ElementType.DOUBLE : ElementType.FLOAT);
    }

    /** The variant that counts labels. */
    public static KernelVariant histogram() {
        return new KernelVariant(Entry.LABEL_HISTOGRAM, 0, Activation.IDENTITY, Layout.STRIDED, LabelKind.INDEX_ANY,
                ElementType.FLOAT);
    }

    /** The variant of a kernel that reads no predictions, for numbers of the arithmetic's type. */
    public static KernelVariant numbers(Entry entry, boolean inDouble) {
        return new KernelVariant(entry, 0, Activation.IDENTITY, Layout.STRIDED, LabelKind.INDEX_ANY,
                inDouble ? ElementType.DOUBLE : ElementType.FLOAT);
    }

    /**
     * The variant of a kernel of a separate term that goes through the pixels. Its loops over classes are unrolled if
     * these fit into registers, unless it takes several pixels at a time.
     */
    public static KernelVariant separate(Entry entry, Batch batch, Integer ignore, Activation activation) {
        Tensor predictions = batch.predictions();
        int channels = predictions.channels();
        LabelKind labels = BatchLayout.labels(batch.labels());
        boolean unrolled = channels <= (predictions.type() == ElementType.DOUBLE ? UNROLLED_DOUBLE : UNROLLED)
                && !BatchLayout.weighsOutputs(batch, ignore) && entry != Entry.CALIBRATION_COUNT
                // Reading labels of any type in an unrolled loop takes more registers than a thread has.
                && labels != LabelKind.DENSE_ANY;
        boolean isFirst = BatchLayout.layout(predictions) == Layout.CHANNELS_FIRST;
        return unrolled ? new KernelVariant(entry, channels, activation,
                isFirst ? Layout.CHANNELS_FIRST : Layout.STRIDED, labels, predictions.type())
                : new KernelVariant(entry, 0, activation, Layout.STRIDED, labels.ofAnyType(), predictions.type());
    }
}
