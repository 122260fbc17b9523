package org.segloss4j.bench;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.concurrent.atomic.LongAdder;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An output layer whose work in training is timed: gradient and score, with what the layer itself does around the loss.
 * ND4J's operations on the CPU are done when they return.
 */
final class TimedLayer extends BaseWrapperLayer {

    private static final long serialVersionUID = 1L;

    private final LongAdder nanos = new LongAdder();

    TimedLayer(org.deeplearning4j.nn.conf.layers.Layer timed) {
        super(timed);
    }

    /** Time of the layer's work so far, in nanoseconds. */
    LongAdder nanos() {
        return nanos;
    }

    @Override
    public Layer instantiate(NeuralNetConfiguration conf, Collection<TrainingListener> listeners, int layerIndex,
                             INDArray paramsView, boolean initializeParams, DataType networkDataType) {
        NeuralNetConfiguration inner = conf.clone();
        inner.setLayer(underlying);
        Layer layer = underlying.instantiate(inner, listeners, layerIndex, paramsView, initializeParams,
                networkDataType);
        return (Layer) Proxy.newProxyInstance(TimedLayer.class.getClassLoader(), new Class<?>[] {IOutputLayer.class},
                (proxy, method, arguments) -> {
                    long begin = System.nanoTime();
                    try {
                        return method.invoke(layer, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        if (method.getName().equals("backpropGradient") || method.getName().equals("computeScore")) {
                            nanos.add(System.nanoTime() - begin);
                        }
                    }
                });
    }
}
