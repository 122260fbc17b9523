package org.segloss4j.cli.input;

import java.util.List;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.data.SegmentationSource;

/**
 * Samples that are in memory.
 *
 * @param samples in order
 * @param labels  what their labels mean
 */
public record MemorySource(List<SegmentationSample> samples, LabelMap labels) implements SegmentationSource {

    @Override
    public int size() {
        return samples.size();
    }

    @Override
    public SegmentationSample read(int index) {
        return samples.get(index);
    }
}
