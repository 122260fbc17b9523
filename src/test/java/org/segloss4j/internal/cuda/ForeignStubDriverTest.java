package org.segloss4j.internal.cuda;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.segloss4j.internal.cuda.compile.ForeignBinding;

/** The same calls, faults and messages through java.lang.foreign. */
class ForeignStubDriverTest extends StubDriverTest {

    @BeforeAll
    static void requireForeign() {
        ForeignBinding.require();
    }

    @Override
    List<String> binding() {
        return List.of("-Dsegloss4j.cuda.binding=foreign");
    }
}
