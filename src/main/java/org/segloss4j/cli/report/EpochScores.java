package org.segloss4j.cli.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.segloss4j.evaluation.SegmentationEvaluation;

/**
 * How a network did after an epoch.
 *
 * @param epoch          0 before training
 * @param trainingLoss   mean over the epoch's batches while the network changed; NaN in epoch 0
 * @param validationLoss of all validation samples as one batch
 * @param validation     scores of all validation samples
 * @param terms          what each term of the loss adds to that of the validation samples; empty if that is not known
 * @param training       scores of the epoch's batches while the network changed; null in epoch 0, and where they were
 *                       not counted
 */
public record EpochScores(int epoch, double trainingLoss, double validationLoss, SegmentationEvaluation validation,
                          Map<String, Double> terms, SegmentationEvaluation training) {

    /** Keeps the order of the terms. */
    public EpochScores {
        terms = Collections.unmodifiableMap(new LinkedHashMap<>(terms));
    }

    /** The mean IoU of the epoch's batches; NaN where they were not counted. */
    double trainingIou() {
        return training == null ? Double.NaN : training.meanIou();
    }
}
