package org.nd4j.jita.flow;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.jcublas.context.CudaContext;

/** Prepares operands, which are brought to the device, and a result, which is not. */
public interface FlowController {

    CudaContext prepareAction(INDArray result, INDArray... operands);
}
