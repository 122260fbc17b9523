package org.segloss4j.data;

import java.io.IOException;
import java.util.List;
import org.segloss4j.internal.files.FileNames;

/** Samples that are read from their files each time. */
final class FileSource implements SegmentationSource {

    private final List<FilePair> pairs;
    /** To which samples are brought, or null for their own. */
    private final ImageSize size;
    private final LabelMap labels;
    private final boolean scalesMasks;

    FileSource(List<FilePair> pairs, ImageSize size, LabelMap labels, boolean scalesMasks) {
        this.pairs = pairs;
        this.size = size;
        this.labels = labels;
        this.scalesMasks = scalesMasks;
    }

    @Override
    public int size() {
        return pairs.size();
    }

    @Override
    public LabelMap labels() {
        return labels;
    }

    @Override
    public SegmentationSample read(int index) throws IOException {
        FilePair pair = pairs.get(index);
        // By rows: a large image that is made small is never held as a whole, if its format allows that.
        try (MaskReader mask = MaskReader.open(pair.mask(), labels); ImageRows image = ImageRows.open(pair.image())) {
            if (!scalesMasks && !mask.size().equals(image.size())) {
                throw new OtherSizeException("mask " + FileNames.shown(pair.mask()) + " is " + mask.size()
                        + ", but its image is " + image.size());
            }
            ImageSize to = size == null ? image.size() : size;
            return new SegmentationSample(FileNames.shown(pair.name()), image.all(to), mask.all(to));
        }
    }
}
