package org.segloss4j.dl4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Batches as people give them to Spark: class indices and masks [N, 1, H, W], which DL4J can merge. */
final class SparkData {

    private SparkData() {
    }

    /** Features, labels INT32 [N, 1, H, W] with void pixels, and a mask [N, 1, H, W] that voids the first row. */
    static DataSet batch(int examples, long seed) {
        INDArray features = SmallNetworks.features(examples, seed);
        INDArray labels = SmallNetworks.indices(features).castTo(DataType.INT32)
                .reshape(examples, 1, SmallNetworks.HEIGHT, SmallNetworks.WIDTH);
        INDArray mask = Nd4j.ones(DataType.FLOAT, labels.shape());
        for (int n = 0; n < examples; n++) {
            for (int w = 0; w < SmallNetworks.WIDTH; w++) {
                mask.putScalar(new int[] {n, 0, 0, w}, 0);
            }
        }
        return new DataSet(features, labels, null, mask);
    }
}
