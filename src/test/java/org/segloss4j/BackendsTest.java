package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.lang.reflect.Field;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.Backends.Availability;
import org.segloss4j.internal.loss.BackendChoice;

class BackendsTest {

    private final String before = System.getProperty(Backends.PROPERTY);

    @AfterEach
    void restore() {
        System.clearProperty(Backends.THRESHOLD);
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
        assertThat(Backends.selection().name()).isEqualTo(name.toLowerCase(Locale.ROOT));
        assertThat(Backends.selection().setting()).isEqualTo(name);
        assertThat(Backends.selection().reason()).isEqualTo("forced by -Dsegloss4j.backend");
    }

    @Test
    void aChangeTakesEffectAtTheNextCall() {
        System.setProperty(Backends.PROPERTY, "reference");
        assertThat(Backends.selection().name()).isEqualTo("reference");
        System.setProperty(Backends.PROPERTY, "cpu");
        assertThat(Backends.selection().name()).isEqualTo("cpu");
    }

    @Test
    void aForcedBackendThatIsMissingIsAnErrorWithItsCauseEveryTime() {
        Availability cuda = Backends.availability().get(0);
        assumeFalse(cuda.available());
        System.setProperty(Backends.PROPERTY, "cuda");
        for (int call = 0; call < 2; call++) {
            assertThatIllegalStateException().isThrownBy(Backends::selection).withMessage(
                    "backend cuda, forced by -Dsegloss4j.backend, is not available: " + cuda.cause());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpu", "", " cpu"})
    void anUnknownNameIsAnError(String name) {
        System.setProperty(Backends.PROPERTY, name);
        assertThatIllegalArgumentException().isThrownBy(Backends::selection)
                .withMessage("-Dsegloss4j.backend is " + name + ", but must be auto, cpu, reference or cuda");
    }

    @Test
    void autoLeavesArraysOfTheHostToTheCpuUnlessAThresholdIsSet() {
        System.setProperty(Backends.PROPERTY, "auto");
        assertThat(Backends.availability()).extracting(Availability::name)
                .containsExactly("cuda", "cpu", "reference");
        assertThat(Backends.selection(false, Long.MAX_VALUE).name()).isEqualTo("cpu");
        assertThat(Backends.selection()).isEqualTo(Backends.selection(false, Long.MAX_VALUE));
        assertThat(Backends.selection().reason())
                .isEqualTo("auto; arrays of the host stay there unless -Dsegloss4j.cuda.hostThreshold is set");
    }

    @Test
    void theThresholdDividesArraysOfTheHost() {
        System.setProperty(Backends.PROPERTY, "auto");
        System.setProperty(Backends.THRESHOLD, "1000");
        assertThat(Backends.selection(false, 999).reason())
                .isEqualTo("auto; arrays of the host have fewer than 1000 logits");
        assertThat(Backends.selection(false, 999).name()).isEqualTo("cpu");
        Backends.Selection large = Backends.selection(false, 1000);
        String cause = Backends.availability().get(0).cause();
        assertThat(large.name()).isEqualTo(cause == null ? "cuda" : "cpu");
        assertThat(large.reason()).isEqualTo(cause == null ? "auto; arrays of the host have 1000 logits or more"
                : "auto; cuda is not available: " + cause);
        System.setProperty(Backends.PROPERTY, "reference");
        assertThat(Backends.selection(false, 1000).name()).isEqualTo("reference");
    }

    @Test
    void autoUsesCudaForArraysOnADeviceWhateverTheirSize() {
        System.setProperty(Backends.PROPERTY, "auto");
        System.setProperty(Backends.THRESHOLD, "1000");
        Backends.Selection selection = Backends.selection(true, 1);
        String cause = Backends.availability().get(0).cause();
        assertThat(selection.name()).isEqualTo(cause == null ? "cuda" : "cpu");
        assertThat(selection.reason()).isEqualTo(cause == null ? "auto; arrays are on a CUDA device"
                : "auto; arrays are on a CUDA device and copied, as cuda is not available: " + cause);
        System.setProperty(Backends.PROPERTY, "cpu");
        assertThat(Backends.selection(true, 1)).isEqualTo(Backends.selection(false, 1 << 30));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1e6", "1000000000000000000000"})
    void aThresholdThatIsNoNumberIsAnError(String threshold) {
        System.setProperty(Backends.PROPERTY, "auto");
        System.setProperty(Backends.THRESHOLD, threshold);
        assertThatIllegalArgumentException().isThrownBy(Backends::selection).withMessage(
                "-Dsegloss4j.cuda.hostThreshold is " + threshold + ", but must be a number of logits, 0 or more");
    }

    /** Twice the same, then another kind, then the first again. */
    @Test
    void eachKindOfDecisionIsLoggedOnce() {
        String log = "-Dorg.slf4j.simpleLogger.log.org.segloss4j.Backends=info";
        assertThat(ForkedJvm.run(Deciding.class, Map.of(), log)).filteredOn(line -> line.contains("INFO"))
                .satisfiesExactly(line -> assertThat(line).endsWith("backend cpu: auto; arrays of the host stay"
                        + " there unless -Dsegloss4j.cuda.hostThreshold is set"),
                        line -> assertThat(line).endsWith("backend reference: forced by -Dsegloss4j.backend"));
    }

    /** A threshold may be anything and change at any time; what is kept of decisions must not grow with it. */
    @Test
    void manyThresholdsAreStillOneDecision() throws ReflectiveOperationException {
        System.setProperty(Backends.PROPERTY, "auto");
        System.setProperty(Backends.THRESHOLD, "1");
        Backends.selection(false, 0);
        Field field = BackendChoice.class.getDeclaredField("TOLD");
        field.setAccessible(true);
        Set<?> told = (Set<?>) field.get(null);
        int before = told.size();
        for (int threshold = 2; threshold < 5000; threshold++) {
            System.setProperty(Backends.THRESHOLD, Integer.toString(threshold));
            Backends.selection(false, threshold - 1);
        }
        assertThat(told).hasSize(before);
    }

    /** Decides several times. */
    static final class Deciding {

        private Deciding() {
        }

        public static void main(String[] args) {
            for (String setting : new String[] {"auto", "auto", "reference", "auto", "reference"}) {
                System.setProperty(Backends.PROPERTY, setting);
                Backends.selection(false, setting.length());
                Backends.selection(false, 1000);
            }
        }
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
            System.out.println(selection.name() + ", " + selection.reason());
        } catch (IllegalArgumentException e) {
            System.out.println(e.getMessage());
        }
    }
}
