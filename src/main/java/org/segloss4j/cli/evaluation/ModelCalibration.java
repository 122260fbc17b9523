package org.segloss4j.cli.evaluation;

import java.io.IOException;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.data.LabelMap;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.evaluation.CalibrationEvaluation;

/** How well a model's probabilities of an image are calibrated, row by row. */
final class ModelCalibration {

    private final int channels;
    private final CalibrationEvaluation evaluation;

    ModelCalibration(SegmentationModel model, LabelMap labels) {
        channels = model.channels();
        evaluation = channels == 1
                ? CalibrationEvaluation.binary().classNames(labels.names().subList(1, 2))
                : CalibrationEvaluation.multiClass(channels).classNames(labels.names());
        if (labels.ignoreIndex() != null) {
            evaluation.ignoreIndex(labels.ignoreIndex());
        }
    }

    /**
     * Counts a row.
     *
     * @param y             its place
     * @param truths        [W] labels
     * @param probabilities [W, channels]
     * @throws IOException if these are no probabilities
     */
    void add(int y, int[] truths, float... probabilities) throws IOException {
        try {
            evaluation.eval(Nd4j.createFromArray(truths),
                    Nd4j.createFromArray(probabilities).reshape(truths.length, channels));
        } catch (IllegalArgumentException e) {
            throw new IOException("--calibration needs probabilities from 0 to 1, but in row " + y + " "
                    + e.getMessage(), e);
        }
    }

    CalibrationEvaluation evaluation() {
        return evaluation;
    }
}
