package org.segloss4j.cli.evaluation;

import java.io.IOException;
import java.util.List;
import org.segloss4j.cli.prediction.FileProgress;
import org.segloss4j.cli.report.Example;
import org.segloss4j.data.FilePair;
import org.segloss4j.data.ImageRows;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.MaskReader;
import org.segloss4j.data.RgbImage;
import org.segloss4j.dl4j.SegmentationPredictor;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.FileNames;

/**
 * An image that is predicted while it is compared, row by row.
 *
 * @param pair      the image and its mask
 * @param predictor what predicts
 * @param calibrated whether the probabilities are compared with the mask, too
 */
public record ModelComparison(FilePair pair, SegmentationPredictor predictor, boolean calibrated)
        implements Comparison {

    @Override
    public String name() {
        int dot = pair.name().lastIndexOf('.');
        return dot > 0 ? pair.name().substring(0, dot) : pair.name();
    }

    @Override
    public PixelCounts.Outcome count(LabelMap labels, FileProgress progress) {
        PixelCounts counts = new PixelCounts(labels);
        ModelCalibration calibration = calibrated ? new ModelCalibration(predictor.model(), labels) : null;
        try (ImageRows image = ImageRows.open(pair.image()); MaskReader mask = MaskReader.open(pair.mask(), labels)) {
            ImageSize size = image.size();
            if (!size.equals(mask.size())) {
                return PixelCounts.Outcome.failed(List.of("mask " + FileNames.shown(pair.mask()) + " is " + mask.size()
                        + ", but its image is " + size));
            }
            int[] truths = new int[size.width()];
            predictor.predict(image, (y, predictions, probabilities) -> {
                mask.next(truths);
                counts.add(y, truths, predictions);
                if (calibrated) {
                    calibration.add(y, truths, probabilities);
                }
                progress.row(y, size.height());
            });
        } catch (FileFault e) {
            return PixelCounts.Outcome.failed(List.of(FileFault.named("image", pair.image(), e).getMessage()));
        } catch (IOException e) {
            return PixelCounts.Outcome.failed(List.of(e.getMessage()));
        }
        return calibrated ? counts.outcome(calibration.evaluation()) : counts.outcome();
    }

    @Override
    public Example example(LabelMap labels, int side) throws IOException {
        try (ImageRows image = ImageRows.open(pair.image())) {
            ImageSize small = SmallMask.within(side, image.size());
            SmallMask prediction = new SmallMask(image.size(), small, labels);
            predictor.predict(image, (y, predicted, probabilities) -> prediction.row(y, predicted));
            return new Example(RgbImage.read(pair.image(), small), MaskImage.read(pair.mask(), labels, small),
                    prediction.mask());
        }
    }
}
