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
 */
public record EpochScores(int epoch, double trainingLoss, double validationLoss, SegmentationEvaluation validation,
                          Map<String, Double> terms) {

    /** Scores of a loss of which the terms are not known. */
    public EpochScores(int epoch, double trainingLoss, double validationLoss, SegmentationEvaluation validation) {
        this(epoch, trainingLoss, validationLoss, validation, Map.of());
    }

    /** Keeps the order of the terms. */
    public EpochScores {
        terms = Collections.unmodifiableMap(new LinkedHashMap<>(terms));
    }
}
