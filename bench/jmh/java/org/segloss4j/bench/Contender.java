package org.segloss4j.bench;

import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.LossInternals;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.bench.Workload.Layout;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.nd4j.Nd4jMemory;

/** Who takes part. Compositions of ND4J operations are of one family, of which the fastest counts. */
public enum Contender {
    /** The specification: one thread, double. */
    REFERENCE("REFERENCE", any -> null, workload -> backend(workload, new ReferenceBackend())),
    /** The parallel backend. */
    CPU("CPU", any -> null, workload -> backend(workload, new CpuBackend())),
    /** ND4J operations, each with a result of its own, as formulas are written down. */
    ND4J_TEXTBOOK("ND4J_OPS", Contender::nd4j, Nd4jTextbook::new),
    /** ND4J operations, in place wherever they can be, with ND4J's own backward softmax. */
    ND4J_IN_PLACE("ND4J_OPS", Contender::nd4j, workload -> new Nd4jTuned(workload, new Nd4jBlocks.Broadcasts())),
    /** The same on a matrix [N·C, S], with sums that are BLAS products. */
    ND4J_BLAS("ND4J_OPS", Contender::nd4j, workload -> new Nd4jTuned(workload, new Nd4jBlocks.Blas())),
    /** JCuda and JCublas, nothing fused. */
    JCUBLAS_UNFUSED("JCUBLAS_UNFUSED", Contender::unfused, JcublasUnfused::new),
    /** The CUDA backend on arrays of nd4j-cuda, which are in the GPU's memory. */
    CUDA("CUDA", any -> cuda(true), workload -> backend(workload, CudaAvailability.backend())),
    /** The CUDA backend, with arrays that come from and go to the host's memory. */
    CUDA_HOST("CUDA_HOST", any -> cuda(false), workload -> backend(workload, CudaAvailability.backend()));

    private final String family;
    private final Function<Workload, String> causeAgainst;
    private final Function<Workload, LossRun> opening;

    Contender(String family, Function<Workload, String> causeAgainst, Function<Workload, LossRun> opening) {
        this.family = family;
        this.causeAgainst = causeAgainst;
        this.opening = opening;
    }

    /** Under which name the contender stands in tables. */
    String family() {
        return family;
    }

    /** Why it does not take part, or null if it does. */
    String causeAgainst(Workload workload) {
        return causeAgainst.apply(workload);
    }

    LossRun open(Workload workload) {
        return opening.apply(workload);
    }

    private static String cuda(boolean onDevice) {
        String cause = CudaAvailability.cause();
        return cause != null ? cause : Nd4jMemory.here().onDevices() == onDevice ? null
                : "ND4J's arrays are in the " + (onDevice ? "host's" : "GPU's") + " memory here";
    }

    private static String unfused(Workload workload) {
        String cause = CudaAvailability.cause();
        return cause != null ? cause : workload.problem() == Problem.JACCARD && workload.channels() > 1
                ? nd4j(workload) : "written for the Jaccard loss of several classes only";
    }

    private static LossRun backend(Workload workload, LossBackend backend) {
        INDArray logits = workload.logits();
        SegmentationBatch batch = workload.batch(workload.labels(), logits);
        SegmentationLoss loss = workload.loss();
        return () -> LossInternals.valueAndGradient(loss, batch, backend);
    }

    private static String nd4j(Workload workload) {
        return workload.layout() == Layout.CHANNELS_LAST || workload.element() != DataType.FLOAT
                ? "composed for FLOAT and channels first only" : null;
    }
}
