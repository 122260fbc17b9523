package org.segloss4j.internal.cuda.plan;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.math.Statistics;

/**
 * One kernel with its compile-time choices: one amalgamated text, one symbol, one entry of the cache.
 *
 * @param entry      the file in {@code kernels/}
 * @param classes    C that the loops are unrolled for, or 0 for a number known at run time
 * @param activation what makes probabilities of the predictions
 * @param layout     how predictions lie in memory
 * @param labels     how labels are given
 * @param element    type of predictions and gradient
 * @param sums       where the forward sweep keeps its sums
 * @param vector     pixels that a thread takes by one load; more than 1 only for {@link Layout#CHANNELS_FIRST} and a
 *                   known number of classes, and together not wider than 16 bytes. Of {@link Layout#ROWS}, a quarter
 *                   of those that it takes at a time
 * @param terms      which pixel losses there may be beside region scores
 * @param resident   blocks of 256 threads that a multiprocessor is to have registers for
 * @param extent     what it computes beyond Keras' clipped curves and the sums of every loss
 * @param further    what it sums for each class beyond that in unrolled loops; only for {@link Extent#EXACT}, since
 *                   {@link Extent#GENERAL} looks at run time
 * @param counted    which hard predictions a sweep counts, too
 */
public record KernelVariant(Entry entry, int classes, Activation activation, Layout layout, LabelKind labels,
                     ElementType element, Sums sums, int vector, Terms terms, int resident, Extent extent,
                     Further further, Counted counted) {

    /** A variant without further statistics that counts nothing. */
    KernelVariant(Entry entry, int classes, Activation activation, Layout layout, LabelKind labels,
                  ElementType element, Sums sums, int vector, Terms terms, int resident, Extent extent) {
        this(entry, classes, activation, layout, labels, element, sums, vector, terms, resident, extent, Further.NONE,
                Counted.NOTHING);
    }

    /** A variant for plain losses. */
    KernelVariant(Entry entry, int classes, Activation activation, Layout layout, LabelKind labels,
                  ElementType element, Sums sums, int vector, Terms terms, int resident) {
        this(entry, classes, activation, layout, labels, element, sums, vector, terms, resident, Extent.PLAIN);
    }

    /** The most general variant for plain losses: one pixel at a time. */
    public KernelVariant(Entry entry, int classes, Activation activation, Layout layout, LabelKind labels,
                  ElementType element) {
        this(entry, classes, activation, layout, labels, element, Extent.PLAIN);
    }

    /** The same for losses of an extent. */
    public KernelVariant(Entry entry, int classes, Activation activation, Layout layout, LabelKind labels,
                  ElementType element, Extent extent) {
        this(entry, classes, activation, layout, labels, element,
                entry == Entry.REGION_FORWARD ? Sums.TILES : Sums.NONE, 1, Terms.ANY, 1, extent);
    }

    /** The kernels. */
    public enum Entry {
        /** All sums, and from the last block value and coefficients. */
        REGION_FORWARD,
        /** The gradient from the coefficients. */
        REGION_BACKWARD,
        /** The weights of pixels from labels and mask alone, and from the last block the factors of pixel terms. */
        PIXEL_WEIGHTS,
        /** Value and gradient of a loss without region terms, from those factors. */
        PIXEL_LOSSES,
        /** Counts of (truth, prediction) pairs. */
        CONFUSION,
        /** Counts of the outcomes of each image and label. */
        OUTCOMES,
        /** Counts of labels. */
        LABEL_HISTOGRAM,
        /** The errors that Lovász losses rank, or their counts in bins. */
        SET_ERRORS,
        /** Where the places of each digit and tile go, for one pass of a sort. */
        RADIX_COUNT,
        /** The move by a digit. */
        RADIX_SCATTER,
        /** The masses before each tile of ranked places. */
        LOVASZ_MASSES,
        /** The value of a Lovász loss and its slopes. */
        LOVASZ_STEPS,
        /** The value of a Lovász loss at bins, and their slopes. */
        BIN_STEPS,
        /** The gradient from the slopes. */
        SET_GRADIENT,
        /** The losses of pixels of which only the hardest are kept. */
        HARDEST_LOSSES,
        /** One digit of the number that separates these. */
        SELECT_DIGIT,
        /** The value of what is kept. */
        HARDEST_SUMS,
        /** The gradient of what is kept. */
        HARDEST_GRADIENT,
        /** The largest weight, of which units are made that count others. */
        CALIBRATION_UNIT,
        /** The sums of bins of probabilities. */
        CALIBRATION_COUNT,
        /** The calibration errors, and the slopes of bins. */
        CALIBRATION_SLOPES,
        /** The gradient from these. */
        CALIBRATION_GRADIENT;

        /** The file's name without its folder. */
        public String file() {
            return name().toLowerCase(Locale.ROOT) + ".cu";
        }
    }

    /** Which stride is 1. */
    public enum Layout {
        /** The pixels of a channel are contiguous. */
        CHANNELS_FIRST,
        /** The channels of a pixel are contiguous. */
        CHANNELS_LAST,
        /** Neither. */
        STRIDED,
        /**
         * The channels of a pixel are contiguous, pixels follow without a gap, and dense labels lie in the same way.
         * Kernels know this only where no channel depends on another.
         */
        ROWS;

        /** As kernels for any number of classes know it. */
        Layout ofAnyClasses() {
            return this == ROWS ? CHANNELS_LAST : this;
        }
    }

    /** The kind of labels and, if there is a variant for it, their type. Other types are only known at run time. */
    public enum LabelKind {
        /** Class indices of unsigned 8-bit integers. */
        INDEX_UINT8,
        /** Class indices of 32 bits. */
        INDEX_INT32,
        /** Class indices of 64 bits. */
        INDEX_INT64,
        /** Class indices of any other integer type. */
        INDEX_ANY,
        /** One value per class, FLOAT. */
        DENSE_FLOAT,
        /** One value per class of any other type. */
        DENSE_ANY,
        /** Any finite number per class, FLOAT. Kernels read it as they do dense labels, but for the check. */
        FIELD_FLOAT(DENSE_FLOAT),
        /** Any finite number per class of any other type. */
        FIELD_ANY(DENSE_ANY),
        /**
         * One value per class, FLOAT, each with a weight of its own: labels make single outputs void, or all of a
         * pixel by that of one class, or a mask has weights of outputs. Kernels know this and the other kinds with such
         * weights only where no channel depends on another.
         */
        WEIGHED_FLOAT(DENSE_FLOAT),
        /** The same of any other type. */
        WEIGHED_ANY(DENSE_ANY),
        /** Class indices of unsigned 8-bit integers, and a mask that has weights of outputs. */
        WEIGHED_UINT8(INDEX_UINT8),
        /** The same of 32 bits. */
        WEIGHED_INT32(INDEX_INT32),
        /** The same of 64 bits. */
        WEIGHED_INT64(INDEX_INT64),
        /** The same of any other integer type. */
        WEIGHED_INDEX(INDEX_ANY),
        /**
         * Class indices of any integer type, of which kernels make dense labels: 1 for the class of a pixel and 0 for
         * all others. For curves of the probabilities of a softmax of which smoothing asks each class something.
         */
        SPREAD_INDEX(DENSE_ANY);

        /** The kinds of labels that say which class is true, but for those with weights of their own. */
        public static final List<LabelKind> TRUTHS = Stream.of(values())
                .filter(kind -> !kind.isField() && !kind.isWeighed() && kind != SPREAD_INDEX).toList();

        /** How it is read, which is the kind as kernels name it. */
        private final LabelKind read;

        LabelKind() {
            read = this;
        }

        LabelKind(LabelKind as) {
            read = as;
        }

        /** Whether there is one value per class, be it in memory or in kernels alone. */
        public boolean isDense() {
            return read.ordinal() >= DENSE_FLOAT.ordinal();
        }

        /** Whether each output has a weight of its own. */
        boolean isWeighed() {
            return read != this && !isField() && this != SPREAD_INDEX;
        }

        /** Labels of the same type with outputs of weights of their own, or null if kernels know none. */
        LabelKind weighed() {
            return isField() ? null : Stream.of(values()).filter(kind -> kind.isWeighed() && kind.read == read)
                    .findFirst().orElseThrow();
        }

        /** As kernels for any number of classes know it, which look at weights at run time. */
        LabelKind ofAnyClasses() {
            return this == SPREAD_INDEX ? INDEX_ANY : isWeighed() ? read : this;
        }

        private boolean isField() {
            return this == FIELD_FLOAT || this == FIELD_ANY;
        }

        /** The kind that does the same with a type that is only known at run time. */
        public LabelKind ofAnyType() {
            return isField() ? FIELD_ANY : isDense() && this != SPREAD_INDEX ? DENSE_ANY : INDEX_ANY;
        }
    }

    /** Where the forward sweep keeps the sums of each class. */
    enum Sums {
        /** The kernel has no sums. */
        NONE,
        /** Each thread has the sums of all classes in registers. */
        REGISTERS,
        /** Each thread has P in registers, I and G in bins of shared memory; for index labels, which select the bin. */
        BINS,
        /**
         * The warps of a block share pixels, and each has the sums of a slice of the classes; for index labels, and for
         * dense ones under a softmax. The backward sweep shares channels in the same way.
         */
        SLICES,
        /**
         * A warp goes through one channel after the other or, of {@link Layout#ROWS}, a thread always has the same
         * one, so it has the sums of one class; where no channel depends on another. The backward sweep takes channels
         * in the same way.
         */
        CHANNELS,
        /** Each warp adds classes over a tile of the block's pixels; for any number of classes and any labels. */
        TILES
    }

    /** Which pixel losses a kernel can compute. */
    public enum Terms {
        /** None: the gradient is that of region scores alone. */
        NONE,
        /** For index labels, losses that depend on nothing but the probability of the true class. */
        OWN,
        /** Losses that depend on nothing but the probability of each output. */
        EACH,
        /** Any; of dense labels under a softmax, and exact ones of index labels, any curve of the probabilities. */
        ANY
    }

    /**
     * What a kernel computes. Only what is beyond {@link #PLAIN} is part of its text and name, so that the plain
     * kernels stay as they are.
     */
    public enum Extent {
        /** The sums of every loss, and Keras' clipped curves. */
        PLAIN,
        /** Beside them any curve of the true class under a softmax, with the logarithm from the predictions. */
        EXACT,
        /** All that the specification has, one pixel at a time: further statistics, any curve, any input. */
        GENERAL
    }

    /** Which hard predictions a sweep counts while it has them at hand. */
    public enum Counted {
        /** None. */
        NOTHING(""),
        /** Pairs of true and predicted class, of classes that exclude one another. */
        PAIRS("_counts"),
        /** The outcomes of each image and label, of labels that do not. */
        OUTCOMES("_outcomes");

        private final String suffix;

        Counted(String suffix) {
            this.suffix = suffix;
        }
    }

    /**
     * Sums beyond those of every loss.
     *
     * @param squares   whether each class has Σm(p² + g²)
     * @param distances whether each class has Σm·|p − g|; for dense labels
     * @param pairs     number of sums over pairs of classes; for index labels under a softmax
     */
    public record Further(boolean squares, boolean distances, int pairs) {

        /** None. */
        public static final Further NONE = new Further(false, false, 0);

        /** Those of a loss. */
        public static Further of(Statistics all) {
            return new Further(all.squares(), all.distances(), all.pairs().size());
        }

        /** Each with its name and number, if it is there. */
        private Stream<String> present(String form) {
            return Stream.of(squares ? String.format(Locale.ROOT, form, "squares", 1) : "",
                    distances ? String.format(Locale.ROOT, form, "distances", 1) : "",
                    pairs > 0 ? String.format(Locale.ROOT, form, "pairs", pairs) : "")
                    .filter(text -> !text.isEmpty());
        }
    }

    /** The name of the kernel in the compiled module, and the readable part of a cache file's name. */
    public String symbol() {
        return "seg_" + String.join("_", entry.name().toLowerCase(Locale.ROOT), "c" + classes,
                activation.name().toLowerCase(Locale.ROOT), layout.name().toLowerCase(Locale.ROOT),
                labels.name().toLowerCase(Locale.ROOT), element.name().toLowerCase(Locale.ROOT),
                sums.name().toLowerCase(Locale.ROOT), "v" + vector, terms.name().toLowerCase(Locale.ROOT),
                "r" + resident) + (extent == Extent.PLAIN ? "" : "_" + extent.name().toLowerCase(Locale.ROOT))
                + further.present("_%s%d").collect(Collectors.joining()) + counted.suffix;
    }

    /** The variant that does the same for any number of classes, which is only known at run time. */
    public KernelVariant ofAnyClasses() {
        return new KernelVariant(entry, 0, activation, layout.ofAnyClasses(), labels.ofAnyClasses(), element,
                extent == Extent.PLAIN ? Extent.PLAIN : Extent.GENERAL).counting(countedByAny());
    }

    /** What sweeps count that take any number of classes. */
    private Counted countedByAny() {
        return counted == Counted.PAIRS ? Counted.PAIRS : Counted.NOTHING;
    }

    /**
     * The variant that does the same for losses that are not plain, with layout and labels only known at run time.
     * There are so few of them that all can be at hand.
     */
    public KernelVariant ofAnyChoices() {
        return new KernelVariant(entry, 0, activation, Layout.STRIDED,
                labels.ofAnyType(), element, Extent.GENERAL).counting(countedByAny());
    }

    /**
     * The variants that do the same with fewer choices, the one with most of them first: for any number of classes or,
     * beyond plain losses, for fields and for separate terms, also for any layout and type of labels.
     */
    public List<KernelVariant> withFewerChoices() {
        KernelVariant general = ofAnyClasses();
        if (extent != Extent.PLAIN) {
            return List.of(general, general.ofAnyChoices());
        }
        return !labels.isField() && !KernelChoice.SEPARATE.contains(entry) ? List.of(general) : List.of(general,
                new KernelVariant(entry, 0, activation, Layout.STRIDED, labels.ofAnyType(), element)
                        .counting(countedByAny()));
    }

    /** The same with unrolled loops for further statistics; a forward sweep sums them. */
    KernelVariant of(Further others) {
        return new KernelVariant(entry, classes, activation, layout, labels, element, sums, vector, terms, resident,
                Extent.EXACT, others, counted);
    }

    /** The same for losses of an extent. */
    KernelVariant of(Extent other) {
        return new KernelVariant(entry, classes, activation, layout, labels, element, sums, vector, terms, resident,
                other, further, counted);
    }

    /** The same sweep, that counts hard predictions, too, or does not. */
    public KernelVariant counting(Counted other) {
        // Counts, sums and exact losses of one channel together take the registers of two blocks, and so do outcomes of
        // dense labels beside any.
        boolean crowded = other != Counted.NOTHING && extent == Extent.EXACT && sums == Sums.CHANNELS
                && terms != Terms.NONE || other == Counted.OUTCOMES && labels.isDense();
        return other == counted ? this : new KernelVariant(entry, classes, activation, layout, labels, element, sums,
                vector, terms, crowded ? 1 : resident, extent, further, other);
    }

    /** Whether it counts anything. */
    public boolean counting() {
        return counted != Counted.NOTHING;
    }

    /**
     * Whether this sweep can count while it has the predictions at hand: pairs of classes unless it spreads the
     * channels of a pixel over time or threads, or dense labels over warps, and outcomes if it does so over time.
     */
    public boolean canCount(Counted wanted) {
        boolean byChannel = sums == Sums.CHANNELS;
        return (entry == Entry.REGION_FORWARD || entry == Entry.PIXEL_LOSSES)
                && (wanted == Counted.OUTCOMES ? byChannel : !byChannel || classes == 1) && !slicesLabels();
    }

    /** Whether the warps of a block share the channels of pixels with dense labels. No thread has all of a pixel. */
    boolean slicesLabels() {
        return sums == Sums.SLICES && labels.isDense();
    }

    /** Whether its pixel losses are exact cross-entropies of smoothed index labels. */
    boolean smoothsLabels() {
        return extent == Extent.EXACT && terms == Terms.EACH && activation == Activation.SOFTMAX && !labels.isDense();
    }

    /** Whether its pixel losses are curves of the probabilities of a softmax, of dense labels. */
    boolean sharesTruths() {
        return extent == Extent.EXACT && terms != Terms.NONE && activation == Activation.SOFTMAX && labels.isDense();
    }

    /** Pixels that a thread takes at a time. */
    int pixelsOfThread() {
        return sums != Sums.CHANNELS ? vector : 4 * vector;
    }

    /** The choices as preprocessor definitions, {@code NAME=VALUE}; enums by their ordinal. */
    public List<String> definitions() {
        List<String> plain = List.of("SEG_SYMBOL=" + symbol(), "SEG_CLASSES=" + classes,
                "SEG_ACTIVATION=" + activation.ordinal(), "SEG_LAYOUT=" + layout.ordinal(),
                "SEG_LABELS=" + labels.read.ordinal(), "SEG_ELEMENT=" + element.ordinal(), "SEG_SUMS=" + sums.ordinal(),
                "SEG_VECTOR=" + vector, "SEG_TERMS=" + terms.ordinal(), "SEG_RESIDENT=" + resident);
        Stream<String> more = Stream.of(
                extent == Extent.PLAIN ? Stream.<String>of() : Stream.of("SEG_EXTENT=" + extent.ordinal()),
                further.present("SEG_%s=%d").map(text -> text.toUpperCase(Locale.ROOT)),
                labels.isField() ? Stream.of("SEG_FIELD=1") : Stream.<String>of(),
                labels.isWeighed() ? Stream.of("SEG_OWN_WEIGHTS=1") : Stream.<String>of(),
                labels == LabelKind.SPREAD_INDEX ? Stream.of("SEG_SPREAD=1") : Stream.<String>of(),
                counting() ? Stream.of("SEG_COUNTS=" + counted.ordinal()) : Stream.<String>of()).flatMap(each -> each);
        return Stream.concat(plain.stream(), more).toList();
    }
}
