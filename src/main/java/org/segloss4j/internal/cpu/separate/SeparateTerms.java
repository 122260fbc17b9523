package org.segloss4j.internal.cpu.separate;

import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.math.CalibrationTerm;
import org.segloss4j.internal.math.HardestPixelsTerm;
import org.segloss4j.internal.math.LovaszTerm;
import org.segloss4j.internal.math.SeparateTerm;

/** Value and gradient of a term that is no function of the shared sums; in double, but for what rows of floats do. */
public final class SeparateTerms {

    private SeparateTerms() {
    }

    /**
     * Computes a term over the batch of a job.
     *
     * @param job    the data; if there is a gradient, what the term adds to it is added
     * @param term   the term
     * @param spread threads
     * @param inRows whether rows of floats may compute what needs no more digits than they have
     * @return the value, coefficient included
     * @throws IllegalArgumentException if a label or a weight is none
     */
    public static double add(Job job, SeparateTerm term, Spreading spread, boolean inRows) {
        if (term instanceof LovaszTerm lovasz) {
            return new LovaszLoss(job, lovasz, spread).add();
        }
        if (term instanceof HardestPixelsTerm hardest) {
            return new HardestPixels(job, hardest, spread, inRows).add();
        }
        return new CalibrationError(job, (CalibrationTerm) term, spread).add();
    }
}
