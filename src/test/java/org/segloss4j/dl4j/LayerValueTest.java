package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.segloss4j.JavaSerialisation;
import org.segloss4j.LossValue;

/** A value is asked for once if nobody needs it again, and what is wrong with it is always told, and told once. */
class LayerValueTest {

    private final LayerValue value = new LayerValue();
    private final AtomicInteger asked = new AtomicInteger();

    private final LossValue good = of(() -> {
        asked.incrementAndGet();
        return 3;
    });

    private final LossValue bad = of(() -> {
        asked.incrementAndGet();
        throw new IllegalArgumentException("1 label is bad");
    });

    private static LossValue of(DoubleSupplier value) {
        return new LossValue() {

            @Override
            public double getAsDouble() {
                return value.getAsDouble();
            }

            @Override
            public Map<String, Double> terms() {
                return Map.of("a", value.getAsDouble());
            }
        };
    }

    @Test
    void isAskedForOnlyWhenItIsNeeded() {
        value.set(good);
        assertThat(asked).hasValue(0);
        assertThat(value.get()).isEqualTo(3);
        value.forget();
        assertThat(asked).hasValue(1);
        assertThat(value.isKnown()).isFalse();
    }

    @Test
    void whatWasToldIsNotToldAgain() {
        value.set(bad);
        assertThatIllegalArgumentException().isThrownBy(value::get).withMessage("1 label is bad");
        assertThatNoException().isThrownBy(value::forget);
    }

    @Test
    void whatNobodyAskedForIsToldByWhateverComesNext() {
        value.set(bad);
        assertThatIllegalArgumentException().isThrownBy(value::forget).withMessage("1 label is bad; this is the batch"
                + " of the backward pass before, whose score was not asked for");
        assertThatNoException().isThrownBy(value::forget);
        value.set(bad);
        assertThatIllegalArgumentException().isThrownBy(() -> value.set(good))
                .withMessageStartingWith("1 label is bad; ");
        value.set(good);
        assertThat(value.get()).isEqualTo(3);
    }

    @Test
    void aStreamHoldsNoValue() {
        value.set(good);
        LayerValue copy = (LayerValue) JavaSerialisation.roundTrip(value);
        assertThat(copy.isKnown()).isFalse();
        assertThatNoException().isThrownBy(copy::forget);
    }
}
