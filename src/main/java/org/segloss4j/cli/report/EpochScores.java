package org.segloss4j.cli.report;

import org.segloss4j.evaluation.SegmentationEvaluation;

/**
 * How a network did after an epoch.
 *
 * @param epoch          0 before training
 * @param trainingLoss   mean over the epoch's batches while the network changed; NaN in epoch 0
 * @param validationLoss of all validation samples as one batch
 * @param validation     scores of all validation samples
 */
public record EpochScores(int epoch, double trainingLoss, double validationLoss, SegmentationEvaluation validation) {
}
