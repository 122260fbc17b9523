package org.segloss4j.internal.backend;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** The walks of the host count by the way. */
class HardCountsTest {

    @Nested
    class Cpu extends HardCountsSuite {

        private final LossBackend cpu = new CpuBackend();

        @Override
        LossBackend backend() {
            return cpu;
        }
    }

    /** Apart, since the specification takes one pixel at a time. */
    @Tag("slow")
    @Nested
    class Reference extends HardCountsSuite {

        private final LossBackend reference = new ReferenceBackend();

        @Override
        LossBackend backend() {
            return reference;
        }
    }
}
