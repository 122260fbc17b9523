package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.math.LossSpec;

/** The kernels of losses that are not plain, executed on the host, against the reference: random terms of all kinds. */
class HostWideLossTest {

    private static final int CASES = 40;

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void agreesWithTheReference(int part) {
        LossBackend backend = HostBackends.some();
        for (long seed = (long) part * CASES; seed < (long) (part + 1) * CASES; seed++) {
            RandomCase random = new RandomCase(seed);
            Batch batch = random.batch();
            LossSpec spec = random.spec(batch);
            ComparedBackendSuite.check(random, spec, batch, random.gradient(), backend);
        }
    }
}
