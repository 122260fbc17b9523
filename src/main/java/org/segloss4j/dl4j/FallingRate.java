package org.segloss4j.dl4j;

import java.util.Objects;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A learning rate for a known number of steps: it may grow during a first part (warm-up), then stays or falls along one
 * of several curves. DL4J has no cosine curve, and its {@code RampSchedule} cannot be read from a saved network.
 *
 * <pre>{@code
 * .updater(new Adam(new FallingRate(FallingRate.Curve.COSINE, 0.01, 20 * stepsPerEpoch, stepsPerEpoch)))
 * }</pre>
 *
 * <p>Immutable; may be shared by threads. Saved with the network as JSON.
 *
 * @since 0.1.0
 */
public final class FallingRate implements ISchedule {

    private static final long serialVersionUID = 1L;
    /** What is left of the rate at the end of the exponential curve. */
    private static final double REST = 0.05;
    /** Parts of equal rate of the step curve, each a tenth of the one before. */
    private static final int PARTS = 3;
    private static final double TENTH = 0.1;

    /**
     * How a learning rate changes after the warm-up.
     *
     * @since 0.1.0
     */
    public enum Curve {
        /** It stays. */
        CONSTANT,
        /** It falls by the same factor in each step, to a twentieth. */
        EXPONENTIAL,
        /** It falls to 0 along half a cosine: slowly, fast, slowly (Loshchilov and Hutter 2017, without restarts). */
        COSINE,
        /** It falls to a tenth after a third of the steps, and again after two thirds. */
        STEP
    }

    /** The curve. */
    private final Curve curve;
    /** The rate after the warm-up. */
    private final double initial;
    /** All steps of the training. */
    private final int steps;
    /** Steps of the warm-up. */
    private final int warmUp;

    /**
     * Makes a schedule.
     *
     * @param curve   how it changes after the warm-up
     * @param initial the rate at the end of the warm-up, above 0
     * @param steps   of the whole training, at least 1; later ones have the rate of the last
     * @param warmUp  steps in which the rate grows evenly to {@code initial}, from 0 to fewer than all steps
     * @throws IllegalArgumentException if a number is out of range
     */
    public FallingRate(@JsonProperty("curve") Curve curve, @JsonProperty("initial") double initial,
                       @JsonProperty("steps") int steps, @JsonProperty("warmUp") int warmUp) {
        if (!(initial > 0 && initial < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the rate is " + initial + ", but must be above 0 and finite");
        }
        if (steps < 1 || warmUp < 0 || warmUp >= steps) {
            throw new IllegalArgumentException("a warm-up of " + warmUp + " steps is not shorter than the training of "
                    + steps);
        }
        this.curve = Objects.requireNonNull(curve, "curve");
        this.initial = initial;
        this.steps = steps;
        this.warmUp = warmUp;
    }

    /**
     * The rate of a step.
     *
     * @param iteration the step, from 0 on
     * @param epoch     plays no part
     * @return above 0, or at the end of the cosine 0
     */
    @Override
    public double valueAt(int iteration, int epoch) {
        if (iteration < warmUp) {
            return initial * (iteration + 1) / (warmUp + 1);
        }
        double done = Math.min(1, (double) (iteration - warmUp) / (steps - warmUp));
        return initial * switch (curve) {
            case CONSTANT -> 1;
            case EXPONENTIAL -> Math.pow(REST, done);
            case COSINE -> (1 + Math.cos(Math.PI * done)) / 2;
            case STEP -> Math.pow(TENTH, Math.min(PARTS - 1, Math.floor(PARTS * done)));
        };
    }

    /**
     * How the rate changes after the warm-up.
     *
     * @return the curve
     */
    @JsonProperty("curve")
    public Curve curve() {
        return curve;
    }

    /**
     * The rate at the end of the warm-up.
     *
     * @return above 0
     */
    @JsonProperty("initial")
    public double initial() {
        return initial;
    }

    /**
     * The steps of the whole training.
     *
     * @return at least 1
     */
    @JsonProperty("steps")
    public int steps() {
        return steps;
    }

    /**
     * The steps of the warm-up.
     *
     * @return at least 0
     */
    @JsonProperty("warmUp")
    public int warmUp() {
        return warmUp;
    }

    /**
     * This schedule, which never changes.
     *
     * @return this
     */
    @Override
    public ISchedule clone() {
        return this;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FallingRate rate && curve == rate.curve && initial == rate.initial
                && steps == rate.steps && warmUp == rate.warmUp;
    }

    @Override
    public int hashCode() {
        return Objects.hash(curve, initial, steps, warmUp);
    }

    @Override
    public String toString() {
        return curve + " from " + initial + " over " + steps + " steps" + (warmUp == 0 ? "" : ", " + warmUp
                + " of them to warm up");
    }
}
