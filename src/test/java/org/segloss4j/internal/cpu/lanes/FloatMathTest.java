package org.segloss4j.internal.cpu.lanes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.segloss4j.internal.math.LogCurve;

/** The rows' functions against double, over the bits of what they are asked for: every 251st float, and the edges. */
class FloatMathTest {

    private static final int LANES = 1000;
    private static final int STEP = 251;

    private final FloatMath math = new FloatMath(LANES);

    private interface RowFunction {
        void apply(float[] x, float[] y, int lanes);
    }

    @Test
    void exponentialIsWithinThreeUnits() {
        float[] zero = new float[LANES];
        RowFunction exp = (x, y, lanes) -> math.exp(x, zero, y, lanes);
        assertThat(worst(exp, Math::exp, -87f, -0f)).isLessThan(3);
        assertThat(at(exp, -0f)).isEqualTo(1);
        assertThat(at(exp, Float.NEGATIVE_INFINITY)).isBetween(0f, 1.7e-38f);
        assertThat(at(exp, Float.NaN)).isNaN();
        assertThat(at(exp, Float.intBitsToFloat(0x7f800001))).isNaN();
    }

    @Test
    void logarithmIsWithinTwoUnits() {
        assertThat(worst(math::log, Math::log, 1e-7f, 1f)).isLessThan(2);
        assertThat(worst(math::log, Math::log, 1f, 1e37f)).isLessThan(2);
        assertThat(at(math::log, 1)).isZero();
        assertThat(at(math::log, Float.NaN)).isNaN();
        assertThat(at(math::log, Float.intBitsToFloat(0xffc00010))).isNaN();
    }

    /** Neither the sigmoid nor its complement cancels, on either side. */
    @Test
    void sigmoidsAreWithinFiveUnits() {
        float[] scratch = new float[LANES];
        RowFunction sigmoid = (x, y, lanes) -> math.sigmoid(x, y, scratch, lanes);
        RowFunction complement = (x, y, lanes) -> math.sigmoid(x, scratch, y, lanes);
        for (float[] side : new float[][] {{-86f, -0f}, {0f, 86f}}) {
            assertThat(worst(sigmoid, x -> 1 / (1 + Math.exp(-x)), side[0], side[1])).isLessThan(5);
            assertThat(worst(complement, x -> 1 / (1 + Math.exp(x)), side[0], side[1])).isLessThan(5);
        }
        assertThat(at(sigmoid, Float.POSITIVE_INFINITY)).isEqualTo(1);
        assertThat(at(complement, Float.NEGATIVE_INFINITY)).isEqualTo(1);
        assertThat(at(sigmoid, Float.NaN)).isNaN();
    }

    @Test
    void curvesAreTheirsOfDouble() {
        CurveRows rows = new CurveRows(math, LANES);
        float[] rest = new float[LANES];
        for (double gamma : new double[] {0, 0.5, 1, 2, 3}) {
            LogCurve curve = new LogCurve(0.25, gamma, 0);
            RowFunction slopes = (x, y, lanes) -> {
                Rows.complement(x, rest, lanes);
                rows.slope(curve, x, rest, y, lanes);
            };
            // Where 1 − u has few digits left in float, double knows no more of u either; 1 − u is exact there.
            assertThat(worst((x, y, lanes) -> rows.value(curve, x, y, lanes), curve::value, 1.1e-7f, 0.9999f))
                    .as("value, γ = %s", gamma).isLessThan(8);
            assertThat(worst(slopes, curve::slope, 1.1e-7f, 1 - 2e-7f))
                    .as("slope, γ = %s", gamma).isLessThan(8);
            for (float u : new float[] {-1f, 0f, Math.nextDown(1e-7f), 1e-7f, Math.nextUp(1e-7f), Math.nextDown(1f),
                    1 - 1.1920929e-7f, 1f, 2f, Float.POSITIVE_INFINITY}) {
                float slope = at(slopes, u);
                assertThat(slope == 0).as("slope %s at %s, γ = %s", slope, u, gamma).isEqualTo(curve.slope(u) == 0);
                assertThat((double) at((x, y, lanes) -> rows.value(curve, x, y, lanes), u)).isCloseTo(
                        curve.value(u), offset(1e-7 * Math.max(1, curve.value(u))));
            }
            assertThat(at((x, y, lanes) -> rows.value(curve, x, y, lanes), Float.NaN)).isNaN();
            assertThat(at(slopes, Float.NaN)).isNaN();
        }
    }

    private static float at(RowFunction function, float x) {
        float[] y = new float[LANES];
        function.apply(new float[] {x}, y, 1);
        return y[0];
    }

    /** The largest error in units in the last place of the truth. */
    private static double worst(RowFunction function, DoubleUnaryOperator truth, float from, float to) {
        int first = Math.min(Float.floatToRawIntBits(from), Float.floatToRawIntBits(to));
        int last = Math.max(Float.floatToRawIntBits(from), Float.floatToRawIntBits(to));
        float[] x = new float[LANES];
        float[] y = new float[LANES];
        double worst = 0;
        for (long bits = first; bits <= last; bits += (long) STEP * LANES) {
            for (int t = 0; t < LANES; t++) {
                x[t] = Float.intBitsToFloat((int) Math.min(last, bits + (long) STEP * t));
            }
            function.apply(x, y, LANES);
            for (int t = 0; t < LANES; t++) {
                double expected = truth.applyAsDouble(x[t]);
                double error = Math.abs(y[t] - expected) / Math.ulp((float) expected);
                // Not Math.max, for what is not a number.
                worst = error <= worst ? worst : error;
            }
        }
        return worst;
    }
}
