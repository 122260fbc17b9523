package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.Backends.Availability;

class BackendsTest {

    private final String before = System.getProperty(Backends.PROPERTY);

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(Backends.PROPERTY);
        } else {
            System.setProperty(Backends.PROPERTY, before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference", "Reference", "CPU"})
    void thePropertyForcesABackend(String name) {
        System.setProperty(Backends.PROPERTY, name);
        assertThat(Backends.selected().name()).isEqualTo(name.toLowerCase(Locale.ROOT));
        assertThat(Backends.selection().setting()).isEqualTo(name);
        assertThat(Backends.selection().reason()).isEqualTo("forced by -Dsegloss4j.backend");
    }

    @Test
    void aChangeTakesEffectAtTheNextCall() {
        System.setProperty(Backends.PROPERTY, "reference");
        assertThat(Backends.selected().name()).isEqualTo("reference");
        System.setProperty(Backends.PROPERTY, "cpu");
        assertThat(Backends.selected().name()).isEqualTo("cpu");
    }

    @Test
    void aForcedBackendThatIsMissingIsAnErrorWithItsCauseEveryTime() {
        Availability cuda = Backends.availability().get(0);
        assumeFalse(cuda.available());
        System.setProperty(Backends.PROPERTY, "cuda");
        for (int call = 0; call < 2; call++) {
            assertThatIllegalStateException().isThrownBy(Backends::selected).withMessage(
                    "backend cuda, forced by -Dsegloss4j.backend, is not available: " + cuda.cause());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpu", "", " cpu"})
    void anUnknownNameIsAnError(String name) {
        System.setProperty(Backends.PROPERTY, name);
        assertThatIllegalArgumentException().isThrownBy(Backends::selected)
                .withMessage("-Dsegloss4j.backend is " + name + ", but must be auto, cpu, reference or cuda");
    }

    @Test
    void autoLeavesCudaToThoseWhoForceIt() {
        System.setProperty(Backends.PROPERTY, "auto");
        assertThat(Backends.availability()).extracting(Availability::name)
                .containsExactly("cuda", "cpu", "reference");
        assertThat(Backends.selected().name()).isEqualTo("cpu");
        assertThat(Backends.selection().reason()).startsWith("auto; cuda is");
    }

    @Test
    void availabilityGivesTheCause() {
        for (Availability availability : Backends.availability()) {
            assertThat(availability.available()).isEqualTo(availability.cause() == null);
        }
        assertThat(Backends.availability().get(1).available()).isTrue();
        assertThat(Backends.availability().get(2).available()).isTrue();
    }

    @Test
    void thePropertyOverridesTheEnvironment() {
        Map<String, String> reference = Map.of(Backends.VARIABLE, "reference");
        assertThat(ForkedJvm.run(BackendsTest.class, reference)).containsExactly(
                "reference, forced by SEGLOSS4J_BACKEND");
        assertThat(ForkedJvm.run(BackendsTest.class, reference, "-Dsegloss4j.backend=cpu")).containsExactly(
                "cpu, forced by -Dsegloss4j.backend");
        assertThat(ForkedJvm.run(BackendsTest.class, Map.of(Backends.VARIABLE, "gpu"))).containsExactly(
                "SEGLOSS4J_BACKEND is gpu, but must be auto, cpu, reference or cuda");
    }

    /** Prints the selection. */
    public static void main(String[] args) {
        try {
            Backends.Selection selection = Backends.selection();
            System.out.println(selection.backend().name() + ", " + selection.reason());
        } catch (IllegalArgumentException e) {
            System.out.println(e.getMessage());
        }
    }
}
