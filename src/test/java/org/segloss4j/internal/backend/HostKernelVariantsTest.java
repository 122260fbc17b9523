package org.segloss4j.internal.backend;

import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;
import org.segloss4j.Shard;
import org.segloss4j.internal.cuda.HostBackends;

/**
 * The kernels, executed on the host, each in the variant that a GPU would run. Slow, since each is compiled:
 * {@link Shard} cuts it into parts, and what was compiled is kept.
 */
@Tag("exhaustive")
class HostKernelVariantsTest extends ComparedBackendSuite {

    private static final LossBackend BACKEND = HostBackends.all();

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @Override
    LossBackend backend() {
        return BACKEND;
    }

    static LongStream seeds() {
        return Shard.of(ComparedBackendSuite.seeds().boxed().toList()).stream().mapToLong(seed -> seed);
    }

    static Stream<Arguments> awkwardSizes() {
        return Shard.of(ComparedBackendSuite.awkwardSizes().toList()).stream();
    }
}
