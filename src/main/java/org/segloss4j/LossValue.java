package org.segloss4j;

import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * The value of a loss, and what each of its terms has added to it. A device may still be computing it, so the first
 * question may have to wait. Both give the same each time, and any thread may ask.
 *
 * @since 0.1.0
 */
public interface LossValue extends DoubleSupplier {

    /**
     * The value of the loss.
     *
     * @return L
     * @throws IllegalArgumentException for labels or weights that a device has found to be wrong
     */
    @Override
    double getAsDouble();

    /**
     * The value of each term, factors included, by the name of its loss: a sum of Dice and cross-entropy seen apart. Of
     * a second term of one name the name has a number behind it, such as {@code dice_loss_2}.
     *
     * @return in the order of the terms; they add up to the value of the loss, up to rounding
     * @throws IllegalArgumentException for labels or weights that a device has found to be wrong
     */
    Map<String, Double> terms();
}
