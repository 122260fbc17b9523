package org.segloss4j.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.segloss4j.LossInternals;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.bench.Workload.Layout;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.LossSpec;

/** What Java and JNI take of a call of the CUDA backend: the driver's calls return at once. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OverheadBenchmark {

    /** Who calls. */
    public enum Caller {
        /** Somebody with tensors on the device, whose thread has the device's context. */
        BACKEND,
        /** The same on a thread without a context. */
        BACKEND_WITHOUT_CONTEXT,
        /** Somebody with ND4J arrays, whose memory is only said to be a device's; the gradient is a new array. */
        ARRAYS,
        /** Nobody: what ND4J takes for that new array alone. */
        ND4J_ARRAY
    }

    /** Who calls. */
    @Param
    public Caller caller;
    /** What is computed. */
    @Param({"JACCARD", "DICE_CE_FOCAL"})
    public Problem problem;
    /** [N, C, H, W]. */
    @Param("8x3x128x128")
    public String shape;

    private IdleCall backend;
    private SegmentationLoss loss;
    private LossSpec spec;
    private Batch batch;
    private Tensor gradient;
    private SegmentationBatch arrays;
    private long[] size;
    private MemoryWorkspace workspace;

    /** Builds the driver and the data. */
    @Setup
    public void open() throws IOException {
        Workload workload = Workload.of(problem, shape, Layout.CHANNELS_FIRST, DataType.FLOAT);
        size = workload.shape();
        backend = new IdleCall(caller != Caller.BACKEND_WITHOUT_CONTEXT);
        loss = workload.loss();
        spec = LossInternals.spec(loss);
        batch = IdleCall.batch(workload.examples(), workload.channels(), workload.pixels());
        gradient = IdleCall.gradient(batch);
        arrays = workload.batch(workload.labels(), workload.logits());
        workspace = Nd4j.getWorkspaceManager().createNewWorkspace(WorkspaceConfiguration.builder()
                .initialSize(workload.elements() * 8 + (1 << 20)).policyLearning(LearningPolicy.NONE)
                .policyAllocation(AllocationPolicy.STRICT).build(), "overhead");
    }

    /** One call. */
    @Benchmark
    public double valueAndGradient() {
        if (caller == Caller.BACKEND || caller == Caller.BACKEND_WITHOUT_CONTEXT) {
            return backend.valueAndGradient(Job.gradient(spec, batch, 1, gradient));
        }
        workspace.notifyScopeEntered();
        try {
            return caller == Caller.ARRAYS ? LossInternals.valueAndGradient(loss, arrays, backend).value()
                    : Nd4j.createUninitialized(DataType.FLOAT, size, 'c').length();
        } finally {
            workspace.notifyScopeLeft();
        }
    }

    /** Gives the device back. */
    @TearDown
    public void close() {
        backend.close();
    }
}
