package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.cpu.sweep.PixelClasses;
import org.segloss4j.internal.morphology.Grid;
import org.segloss4j.internal.nd4j.ArrayBatch;
import org.segloss4j.internal.nd4j.LabelImages;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import org.segloss4j.internal.nd4j.NdBatches;
import org.segloss4j.internal.nd4j.RowOrder;

/** Reads arrays into images of true and predicted classes. */
final class ClassImages {

    private ClassImages() {
    }

    /** Images of a batch as DL4J gives it. */
    static List<ClassImage> ofPredictions(INDArray labels, INDArray predictions, INDArray mask,
                                          SurfaceSettings settings) {
        ArrayBatch arrays = new ArrayBatch(labels, predictions, mask, new ActivationIdentity(),
                settings.channelsLast(), RowOrder.EXAMPLES);
        Grid grid = Grid.spaced(sizes(arrays), SurfaceSettings.array(settings.spacing()));
        EvaluatedClasses.requireChannelsOrOne(arrays.channels(), settings.classes());
        Batch batch = NdBatches.batch(arrays, predictions, Activation.IDENTITY,
                Nd4jMemory.here().access(false));
        PixelClasses pixels = new PixelClasses(batch, settings.ignoreIndex(), settings.threshold());
        BadInput bad = new BadInput();
        List<ClassImage> images = new ArrayList<>();
        for (long n = 0; n < batch.predictions().examples(); n++) {
            int[] truth = new int[grid.length()];
            int[] predicted = new int[truth.length];
            for (int s = 0; s < truth.length; s++) {
                truth[s] = pixels.truth(n, s, bad);
                predicted[s] = truth[s] < 0 ? LabelImages.VOID : pixels.prediction(n, s, bad);
            }
            images.add(new ClassImage(truth, predicted, grid));
        }
        bad.check(batch, settings.ignoreIndex());
        Reference.reachabilityFence(arrays);
        return images;
    }

    private static int[] sizes(ArrayBatch arrays) {
        long[] shape = arrays.predictions().shape();
        require(shape.length == 4 || shape.length == 5, "predictions " + Arrays.toString(shape)
                + " are no images [N, C, H, W] and no volumes [N, C, D, H, W]");
        int channels = arrays.channelAxis();
        int[] sizes = new int[shape.length - 2];
        for (int axis = 1, at = 0; axis < shape.length; axis++) {
            if (axis != channels) {
                sizes[at++] = Math.toIntExact(shape[axis]);
            }
        }
        return sizes;
    }

    /** Images of class indices. */
    static List<ClassImage> ofIndices(INDArray truth, INDArray predicted, SurfaceSettings settings) {
        LabelImages labels = LabelImages.of("true classes", truth);
        LabelImages guesses = LabelImages.of("predicted classes", predicted);
        require(labels.examples() == guesses.examples()
                && Arrays.equals(labels.sizes(), guesses.sizes()), "true classes " + Arrays.toString(truth.shape())
                + " do not match predicted classes " + Arrays.toString(predicted.shape()));
        Grid grid = Grid.spaced(labels.sizes(), SurfaceSettings.array(settings.spacing()));
        List<ClassImage> images = new ArrayList<>();
        for (int n = 0; n < labels.examples(); n++) {
            int[] classes = labels.classes(n, settings.classes(), settings.ignoreIndex());
            int[] guessed = guesses.classes(n, settings.classes(), null);
            for (int s = 0; s < classes.length; s++) {
                guessed[s] = classes[s] < 0 ? LabelImages.VOID : guessed[s];
            }
            images.add(new ClassImage(classes, guessed, grid));
        }
        return images;
    }
}
