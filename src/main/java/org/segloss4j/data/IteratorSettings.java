package org.segloss4j.data;

import java.util.stream.IntStream;

/**
 * How batches are made.
 *
 * @param batch            samples of a batch
 * @param dropsLast        whether a smaller last batch is left out
 * @param shuffle          seed of the orders, or null for that of the source
 * @param augmentation     random changes
 * @param augmentationSeed their seed
 * @param channelsLast     whether features are [N, H, W, 3]
 * @param oneHot           whether labels are one-hot
 * @param maps             what follows the labels along their channels, or null
 * @param prefetch         batches that are read ahead
 * @param threads          threads that read
 * @param firstEpoch       the epoch that is counted as the first
 */
record IteratorSettings(int batch, boolean dropsLast, Long shuffle, Augmentation augmentation, long augmentationSeed,
        boolean channelsLast, boolean oneHot, PixelMaps maps, int prefetch, int threads, int firstEpoch) {

    static final IteratorSettings DEFAULT = new IteratorSettings(1, false, null, Augmentation.none(), 0, false, false,
            null, 2, Math.min(4, Runtime.getRuntime().availableProcessors()), 0);

    IteratorSettings {
        atLeast("a batch", 1, batch);
        atLeast("the number of batches that are read ahead", 0, prefetch);
        atLeast("the number of threads", 1, threads);
        atLeast("the first epoch", 0, firstEpoch);
    }

    private static void atLeast(String name, int least, int value) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be at least " + least);
        }
    }

    void check(SegmentationSource source) {
        if (dropsLast && source.size() < batch) {
            throw new IllegalArgumentException("there are " + source.size() + " samples, too few for a batch of "
                    + batch + " if smaller ones are left out");
        }
        int classes = source.labels().classes();
        if (maps != null && maps.labels() != classes) {
            throw new IllegalArgumentException("the label map has " + classes + " classes, but the maps to append are "
                    + maps);
        }
    }

    /** The batches of an epoch. */
    int batches(int samples) {
        return dropsLast ? samples / batch : (int) (((long) samples + batch - 1) / batch);
    }

    /** The order of the samples in an epoch. */
    int[] order(int samples, int epoch) {
        return shuffle == null ? IntStream.range(0, samples).toArray() : SampleOrder.shuffled(samples, shuffle, epoch);
    }

    IteratorSettings batch(int size) {
        return new IteratorSettings(size, dropsLast, shuffle, augmentation, augmentationSeed, channelsLast, oneHot,
                maps, prefetch, threads, firstEpoch);
    }

    IteratorSettings dropsLast(boolean drops) {
        return new IteratorSettings(batch, drops, shuffle, augmentation, augmentationSeed, channelsLast, oneHot,
                maps, prefetch, threads, firstEpoch);
    }

    IteratorSettings shuffle(long seed) {
        return new IteratorSettings(batch, dropsLast, seed, augmentation, augmentationSeed, channelsLast, oneHot,
                maps, prefetch, threads, firstEpoch);
    }

    IteratorSettings augment(Augmentation changes, long seed) {
        return new IteratorSettings(batch, dropsLast, shuffle, changes, seed, channelsLast, oneHot, maps, prefetch,
                threads, firstEpoch);
    }

    IteratorSettings channelsLast(boolean last) {
        return new IteratorSettings(batch, dropsLast, shuffle, augmentation, augmentationSeed, last, oneHot, maps,
                prefetch, threads, firstEpoch);
    }

    IteratorSettings oneHot(boolean hot) {
        return new IteratorSettings(batch, dropsLast, shuffle, augmentation, augmentationSeed, channelsLast, hot,
                maps, prefetch, threads, firstEpoch);
    }

    IteratorSettings maps(PixelMaps appended) {
        return new IteratorSettings(batch, dropsLast, shuffle, augmentation, augmentationSeed, channelsLast, oneHot,
                appended, prefetch, threads, firstEpoch);
    }

    IteratorSettings prefetch(int batches) {
        return new IteratorSettings(batch, dropsLast, shuffle, augmentation, augmentationSeed, channelsLast, oneHot,
                maps, batches, threads, firstEpoch);
    }

    IteratorSettings threads(int count) {
        return new IteratorSettings(batch, dropsLast, shuffle, augmentation, augmentationSeed, channelsLast, oneHot,
                maps, prefetch, count, firstEpoch);
    }

    IteratorSettings firstEpoch(int first) {
        return new IteratorSettings(batch, dropsLast, shuffle, augmentation, augmentationSeed, channelsLast, oneHot,
                maps, prefetch, threads, first);
    }

    @Override
    public String toString() {
        return "batches of " + batch + (dropsLast ? " without a smaller last one" : "")
                + (shuffle == null ? "" : ", shuffled by seed " + shuffle)
                + (augmentation.equals(Augmentation.none()) ? ""
                : ", " + augmentation + " by seed " + augmentationSeed)
                + (channelsLast ? ", channels last" : "") + (oneHot ? ", one-hot" : "")
                + (maps == null ? "" : ", with " + maps);
    }
}
