package org.segloss4j.cli.report;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** The scores of each image as files, the worst first. Scores that are 0/0 are null in JSON and empty in CSV. */
final class ImageScoreFiles {

    private final List<ImageScore> scores;
    private final List<String> names;

    ImageScoreFiles(List<ImageScore> scores, List<String> names) {
        this.scores = scores.stream().sorted(ImageScore.WORST_FIRST).toList();
        this.names = names;
    }

    String csv() {
        List<List<Object>> rows = new ArrayList<>();
        List<Object> header = new ArrayList<>(List.of("image", "mean_iou", "pixel_accuracy", "pixels", "void_pixels"));
        names.forEach(name -> header.add("iou_" + name));
        rows.add(header);
        for (ImageScore score : scores) {
            List<Object> row = new ArrayList<>(List.of(score.name(), EvaluationReport.cell(score.meanIou()),
                    EvaluationReport.cell(score.pixelAccuracy()), score.pixels(), score.voidPixels()));
            score.classIou().forEach(iou -> row.add(EvaluationReport.cell(iou)));
            rows.add(row);
        }
        return EvaluationReport.csv(rows);
    }

    String json() {
        ArrayNode root = new ObjectMapper().createArrayNode();
        for (ImageScore score : scores) {
            ObjectNode image = root.addObject().put("image", score.name())
                    .put("meanIou", EvaluationReport.defined(score.meanIou()))
                    .put("pixelAccuracy", EvaluationReport.defined(score.pixelAccuracy()))
                    .put("pixels", score.pixels()).put("voidPixels", score.voidPixels());
            ArrayNode iou = image.putArray("iou");
            score.classIou().forEach(value -> iou.add(EvaluationReport.defined(value)));
        }
        return root.toPrettyString() + System.lineSeparator();
    }
}
