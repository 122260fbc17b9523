package org.segloss4j.data;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** The batches of an iterator as multiple data sets, with the labels once per output. */
final class MultiSegmentationIterator implements MultiDataSetIterator {

    private static final long serialVersionUID = 1L;

    /** Refuses to be serialised, and so does this. */
    private final SegmentationIterator batches;
    private final int outputs;
    private transient MultiDataSetPreProcessor preProcessor;

    MultiSegmentationIterator(SegmentationIterator batches, int outputs) {
        if (outputs < 1) {
            throw new IllegalArgumentException("there are " + outputs + " outputs, but must be at least 1");
        }
        this.batches = batches;
        this.outputs = outputs;
    }

    @Override
    public boolean hasNext() {
        return batches.hasNext();
    }

    @Override
    public MultiDataSet next() {
        return next(batches.batch());
    }

    @Override
    public MultiDataSet next(int num) {
        DataSet batch = batches.next(num);
        MultiDataSet multi = new org.nd4j.linalg.dataset.MultiDataSet(new INDArray[] {batch.getFeatures()},
                repeated(batch.getLabels(), outputs), null, repeated(batch.getLabelsMaskArray(), outputs));
        multi.setExampleMetaData(batch.getExampleMetaData());
        if (preProcessor != null) {
            preProcessor.preProcess(multi);
        }
        return multi;
    }

    /** An array for each output; null if there is none. */
    static INDArray[] repeated(INDArray array, int outputs) {
        if (array == null) {
            return null;
        }
        INDArray[] all = new INDArray[outputs];
        Arrays.fill(all, array);
        return all;
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        this.preProcessor = preProcessor;
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public void reset() {
        batches.reset();
    }
}
