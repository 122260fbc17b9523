package org.segloss4j.internal.loss.peers;

import java.util.List;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.LossTerm;
import org.segloss4j.internal.loss.Setting;

/**
 * A loss of another library with its parameters.
 *
 * @param definition what it computes
 * @param activation what the library applies to the predictions itself, so that a batch has to ask for it
 */
public record PeerLoss(LossDefinition definition, Activation activation) {

    /**
     * One loss of the catalogue.
     *
     * @param definition what it computes
     * @param activation what the library applies to the predictions
     * @param ignore     the label of void pixels, or null
     * @return the loss
     */
    static PeerLoss of(LossDefinition definition, Activation activation, Integer ignore) {
        return new PeerLoss(ignore == null ? definition : definition.ignoring(ignore), activation);
    }

    /** A term of the catalogue, of which the settings are given in pairs of name and value; null leaves one out. */
    static LossDefinition term(LossKind kind, Object... settings) {
        LossTerm term = new LossTerm(kind);
        for (int k = 0; k < settings.length; k += 2) {
            if (settings[k + 1] != null) {
                term = term.with((Setting) settings[k], settings[k + 1]);
            }
        }
        return new LossDefinition(kind.lossName(), List.of(term), null, null);
    }

    /** The sum of two losses with factors; one of factor 0 is left out, unless both are. */
    static LossDefinition sum(double factor, LossDefinition first, double otherFactor, LossDefinition second) {
        if (otherFactor == 0) {
            return first.times(factor);
        }
        return factor == 0 ? second.times(otherFactor) : first.times(factor).plus(second.times(otherFactor));
    }
}
