package org.segloss4j.internal.cpu.lanes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.internal.math.BoundedCurve;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.PixelCurve;

/** The curves' rows against double, over logits on both sides of where sigmoids round to 0 and 1. */
class ExactCurvesTest {

    private static final int LANES = 512;

    private final FloatMath math = new FloatMath(LANES);
    private final ExactCurves rows = new ExactCurves(math, LANES);
    private final SideRows side = new SideRows(LANES);
    private final float[] logits = new float[LANES];
    private final float[] out = new float[LANES];

    static Stream<PixelCurve> curves() {
        List<PixelCurve> curves = new ArrayList<>();
        for (double gamma : new double[] {0, 0.5, 1, 1.5, 2, 3}) {
            for (double threshold : new double[] {0, 0.4, 0.8}) {
                curves.add(new FocalCurve(0.75, gamma, threshold));
                curves.add(new FactorCurve(0.75, gamma, threshold));
            }
        }
        for (double q : new double[] {0.01, 0.3, 0.7, 1}) {
            curves.add(new BoundedCurve(1.5, q));
        }
        curves.add(new LogCurve(0.25, 2, 0));
        curves.add(new LogCurve(1, 0, LogCurve.EPSILON));
        return curves.stream();
    }

    /** Fills the side of sigmoids of logits from −30 to 30. */
    private void sides() {
        for (int t = 0; t < LANES; t++) {
            logits[t] = (t - LANES / 2) * 30f / (LANES / 2) + 0.013f;
        }
        math.sigmoid(logits, side.u(), side.v(), LANES);
        FloatMath.logSigmoid(logits, side.u(), side.v(), side.log(), LANES);
    }

    @Test
    void logarithmsAreExactOnBothSides() {
        sides();
        for (int t = 0; t < LANES; t++) {
            double exact = Math.min(logits[t], 0) - Math.log1p(Math.exp(-Math.abs(logits[t])));
            assertThat(side.log()[t] / exact).isCloseTo(1, offset(1e-6));
        }
        side.u()[0] = 1;
        side.v()[0] = 0;
        FloatMath.logSigmoid(new float[] {Float.POSITIVE_INFINITY}, side.u(), side.v(), side.log(), 1);
        assertThat(side.log()[0]).isZero();
    }

    @ParameterizedTest
    @MethodSource("curves")
    void areThoseOfDouble(PixelCurve curve) {
        sides();
        rows.value(curve, side, out, LANES);
        check(curve, "value", (u, v, log) -> curve.value(u, v, log));
        rows.slopeByLog(curve, side, out, LANES);
        check(curve, "slope by the logarithm", (u, v, log) -> curve.slopeByLog(u, v, log));
        rows.slope(curve, side, out, LANES);
        check(curve, "slope", (u, v, log) -> curve.slope(u, v, log));
    }

    private interface Function {
        double of(double u, double v, double log);
    }

    private void check(PixelCurve curve, String what, Function exact) {
        for (int t = 0; t < LANES; t++) {
            // What the curves' powers do to the last bits of their arguments is no error of theirs.
            double expected = exact.of(side.u()[t], side.v()[t], side.log()[t]);
            assertThat((double) out[t]).as("%s of %s at u = %s, v = %s", what, curve, side.u()[t], side.v()[t])
                    .isCloseTo(expected, offset(4e-6 * Math.abs(expected) + 1e-12));
        }
    }

    @Test
    void nanStaysNaN() {
        side.u()[0] = Float.NaN;
        side.v()[0] = Float.NaN;
        side.log()[0] = Float.NaN;
        curves().filter(curve -> !(curve instanceof FocalCurve focal && focal.gamma() == 0)
                && !(curve instanceof FactorCurve factor && factor.gamma() <= 1)).forEach(curve -> {
                    rows.value(curve, side, out, 1);
                    assertThat(out[0]).as("value of %s", curve).isNaN();
                });
    }
}
