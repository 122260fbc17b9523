package org.segloss4j.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.replicas.Parts;

/**
 * What a replica works on of one batch.
 *
 * @param examples the number of examples of the whole batch
 * @param parts    this replica's parts in their order; null where a part has no example
 * @since 0.1.0
 */
public record BatchShare(int examples, List<MultiDataSet> parts) {

    /**
     * Copies the list.
     *
     * @param examples the number of examples of the whole batch
     * @param parts    this replica's parts in their order; null where a part has no example
     */
    public BatchShare {
        parts = Collections.unmodifiableList(new ArrayList<>(parts));
    }

    /**
     * The share of a batch that is at hand as a whole.
     *
     * @param batch all examples
     * @param parts those of this replica
     * @return views of the batch
     * @throws IllegalArgumentException if not all arrays of the batch have as many examples
     */
    public static BatchShare of(DataSet batch, Parts parts) {
        return of(batch.toMultiDataSet(), parts);
    }

    /**
     * The share of a batch that is at hand as a whole.
     *
     * @param batch all examples
     * @param parts those of this replica
     * @return views of the batch
     * @throws IllegalArgumentException if not all arrays of the batch have as many examples
     */
    public static BatchShare of(MultiDataSet batch, Parts parts) {
        int examples = Math.toIntExact(batch.getFeatures(0).size(0));
        List<MultiDataSet> own = new ArrayList<>();
        check(examples, "features", batch.getFeatures());
        check(examples, "labels", batch.getLabels());
        check(examples, "masks of features", batch.getFeaturesMaskArrays());
        check(examples, "masks of labels", batch.getLabelsMaskArrays());
        for (int p = parts.first(); p < parts.end(); p++) {
            own.add(slice(batch, parts.begin(p, examples), parts.begin(p + 1, examples)));
        }
        return new BatchShare(examples, own);
    }

    /** More of one than of another would be cut off in silence. */
    private static void check(int examples, String name, INDArray... arrays) {
        for (int k = 0; arrays != null && k < arrays.length; k++) {
            if (arrays[k] != null && arrays[k].size(0) != examples) {
                throw new IllegalArgumentException("the batch has " + examples + " examples by its features, but "
                        + arrays[k].size(0) + " by array " + k + " of its " + name);
            }
        }
    }

    private static MultiDataSet slice(MultiDataSet batch, int begin, int end) {
        if (begin == end) {
            return null;
        }
        Function<INDArray[], INDArray[]> rows = arrays -> rows(arrays, begin, end);
        return new org.nd4j.linalg.dataset.MultiDataSet(rows.apply(batch.getFeatures()),
                rows.apply(batch.getLabels()), rows.apply(batch.getFeaturesMaskArrays()),
                rows.apply(batch.getLabelsMaskArrays()));
    }

    private static INDArray[] rows(INDArray[] arrays, int begin, int end) {
        if (arrays == null) {
            return null;
        }
        INDArray[] rows = new INDArray[arrays.length];
        for (int k = 0; k < arrays.length; k++) {
            rows[k] = arrays[k] == null ? null : rows(arrays[k], begin, end);
        }
        return rows;
    }

    private static INDArray rows(INDArray array, int begin, int end) {
        INDArrayIndex[] all = new INDArrayIndex[array.rank()];
        Arrays.fill(all, NDArrayIndex.all());
        all[0] = NDArrayIndex.interval(begin, end);
        return array.get(all);
    }
}
