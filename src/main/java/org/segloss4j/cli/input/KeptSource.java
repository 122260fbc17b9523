package org.segloss4j.cli.input;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.data.SegmentationSource;

/** Keeps what was read in memory: a small data set is decoded and resized once, not in each epoch. */
final class KeptSource implements SegmentationSource {

    /** Bytes of a pixel of image and mask. */
    private static final long PIXEL = 3 + 4;
    /** The part of the heap that samples may take. */
    private static final int PART = 4;

    private final SegmentationSource files;
    private final AtomicReferenceArray<SegmentationSample> kept;

    private KeptSource(SegmentationSource files) {
        this.files = files;
        kept = new AtomicReferenceArray<>(files.size());
    }

    /** Keeps samples of a size if all of them fit well into memory. */
    static SegmentationSource ifSmall(SegmentationSource files, ImageSize size) {
        return size.pixels() * PIXEL * files.size() <= Runtime.getRuntime().maxMemory() / PART
                ? new KeptSource(files) : files;
    }

    @Override
    public int size() {
        return files.size();
    }

    @Override
    public LabelMap labels() {
        return files.labels();
    }

    @Override
    public SegmentationSample read(int index) throws IOException {
        SegmentationSample sample = kept.get(index);
        if (sample == null) {
            sample = files.read(index);
            kept.set(index, sample);
        }
        return sample;
    }
}
