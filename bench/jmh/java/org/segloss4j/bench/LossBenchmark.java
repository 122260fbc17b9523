package org.segloss4j.bench;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.segloss4j.bench.Workload.Layout;

/** Value and gradient of a loss, by one contender. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LossBenchmark {

    /** Where the results of a call are put: as in DL4J's training in a workspace, or in new memory each time. */
    public enum Memory { WORKSPACE, NEW }

    /** Who computes. */
    @Param
    public Contender contender;
    /** What is computed. */
    @Param
    public Problem problem;
    /** [N, C, spatial…]. */
    @Param("2x8x64x64")
    public String shape;
    /** Where the channels stand in memory. */
    @Param("CHANNELS_FIRST")
    public Layout layout;
    /** Type of the logits. */
    @Param("FLOAT")
    public DataType element;
    /** Where results are put. */
    @Param("WORKSPACE")
    public Memory memory;

    private LossRun run;
    private MemoryWorkspace workspace;
    private long workspaceBytes;

    /** Bytes of arrays that one call asks ND4J for: results and temporaries. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class NativeMemory {
        /** Bytes of one call; the mean over the iterations is the number. */
        public long nativeBytes;
    }

    /** Prepares the data and makes sure that the contender is right. */
    @Setup
    public void open() {
        Workload workload = Workload.of(problem, shape, layout, element);
        run = contender.open(workload);
        Verification.check(workload, run.answer());
        workspace = Nd4j.getWorkspaceManager().createNewWorkspace(WorkspaceConfiguration.builder()
                .initialSize(workload.elements() * 48 + (1 << 22)).policyLearning(LearningPolicy.NONE)
                .policyAllocation(AllocationPolicy.STRICT).build(), "bench");
        try (MemoryWorkspace scope = workspace.notifyScopeEntered()) {
            run.run();
            workspaceBytes = scope.getPrimaryOffset();
        }
    }

    /** One call. */
    @Benchmark
    public double valueAndGradient(NativeMemory counter) {
        counter.nativeBytes = workspaceBytes;
        if (memory == Memory.NEW) {
            return run.run().value();
        }
        workspace.notifyScopeEntered();
        try {
            return run.run().value();
        } finally {
            workspace.notifyScopeLeft();
        }
    }

    /** Gives back what the contender holds. */
    @TearDown
    public void close() {
        run.close();
    }
}
