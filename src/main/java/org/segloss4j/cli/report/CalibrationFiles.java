package org.segloss4j.cli.report;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.segloss4j.evaluation.CalibrationEvaluation;
import org.segloss4j.evaluation.CalibrationEvaluation.Bin;

/** How well probabilities are calibrated, for programs to read. */
final class CalibrationFiles {

    private final CalibrationEvaluation calibration;
    /** One name per row of bins. */
    private final List<String> names;

    CalibrationFiles(CalibrationEvaluation calibration, List<String> classNames) {
        this.calibration = calibration;
        // A single channel is the second of two classes.
        names = calibration.classes() == 1 ? classNames.subList(1, 2) : classNames;
    }

    /** Adds the scores to an object. */
    void json(ObjectNode root) {
        root.put("bins", calibration.bins());
        root.put("ece", EvaluationReport.defined(calibration.ece()));
        root.put("ace", EvaluationReport.defined(calibration.ace()));
        root.put("mce", EvaluationReport.defined(calibration.mce()));
        root.put("rmsce", EvaluationReport.defined(calibration.rmsce()));
        root.put("classwiseEce", EvaluationReport.defined(calibration.classwiseEce()));
        root.put("classwiseAce", EvaluationReport.defined(calibration.classwiseAce()));
        root.put("classwiseMce", EvaluationReport.defined(calibration.classwiseMce()));
        root.put("brier", EvaluationReport.defined(calibration.brier()));
        ArrayNode perClass = root.putArray("perClass");
        for (int c = 0; c < calibration.classes(); c++) {
            perClass.addObject().put("name", names.get(c)).put("pixels", calibration.total(c))
                    .put("ece", EvaluationReport.defined(calibration.ece(c)))
                    .put("ace", EvaluationReport.defined(calibration.ace(c)))
                    .put("mce", EvaluationReport.defined(calibration.mce(c)))
                    .put("brier", EvaluationReport.defined(calibration.brier(c)));
        }
    }

    /** The bins of each class and, where there are several, of the most probable class; its rows have no class. */
    String csv() {
        List<List<Object>> rows = new ArrayList<>();
        rows.add(List.of("index", "name", "from", "to", "pixels", "mean_probability", "frequency"));
        for (int c = 0; c < calibration.classes(); c++) {
            add(rows, c, names.get(c), calibration.reliability(c));
        }
        if (calibration.classes() > 1) {
            add(rows, "", "", calibration.topLabelReliability());
        }
        return EvaluationReport.csv(rows);
    }

    private static void add(List<List<Object>> rows, Object index, String name, List<Bin> bins) {
        for (Bin bin : bins) {
            rows.add(List.of(index, name, bin.from(), bin.to(), bin.count(),
                    EvaluationReport.cell(bin.meanProbability()), EvaluationReport.cell(bin.frequency())));
        }
    }
}
