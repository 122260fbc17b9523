package org.segloss4j.dl4j;

import java.util.List;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * What DL4J's interface of output layers also asks for and only makes sense for layers that are trained on their own or
 * give one class per example; DL4J's own loss layers do not support it either.
 *
 * @param <C> the layer's configuration
 */
abstract class UnsupportedClassifier<C extends org.deeplearning4j.nn.conf.layers.Layer> extends AbstractLayer<C>
        implements IOutputLayer {

    private static final long serialVersionUID = 1L;

    UnsupportedClassifier(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    private static UnsupportedOperationException unsupported() {
        return new UnsupportedOperationException("train the network that this layer is part of, and evaluate it with"
                + " SegmentationEvaluation");
    }

    @Override
    public double f1Score(DataSet data) {
        throw unsupported();
    }

    @Override
    public double f1Score(INDArray examples, INDArray labels) {
        throw unsupported();
    }

    @Override
    public void fit(DataSetIterator iterator) {
        throw unsupported();
    }

    @Override
    public void fit(DataSet data) {
        throw unsupported();
    }

    @Override
    public void fit(INDArray examples, INDArray labels) {
        throw unsupported();
    }

    @Override
    public void fit(INDArray examples, int[] labels) {
        throw unsupported();
    }

    @Override
    public int[] predict(INDArray examples) {
        throw unsupported();
    }

    @Override
    public List<String> predict(DataSet dataSet) {
        throw unsupported();
    }
}
