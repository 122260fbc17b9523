package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.plan.KernelVariant.LabelKind;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;

/** What the tensors of a batch are, and how they lie, as far as kernels differ by it. */
final class BatchLayout {

    private BatchLayout() {
    }

    /** Whether the outputs of one pixel may have different weights. */
    static boolean weighsOutputs(Batch batch, Integer ignore) {
        int channels = batch.predictions().channels();
        boolean byValue = batch.labels().kind() == Labels.Kind.DENSE && ignore != null
                && (ignore < 0 || ignore >= channels);
        return channels > 1 && (byValue || batch.mask() != null && batch.mask().channels() > 1);
    }

    /** Whether dense labels of one class make all outputs of a pixel void. */
    static boolean ignoresClass(Batch batch, Integer ignore) {
        int channels = batch.predictions().channels();
        return channels > 1 && batch.labels().kind() == Labels.Kind.DENSE && ignore != null && ignore >= 0
                && ignore < channels;
    }

    /** Where the channels of predictions lie, but for rows. */
    static Layout layout(Tensor predictions) {
        if (predictions.pixelStride() == 1 || predictions.pixels() == 1 && predictions.channelStride() != 1) {
            return Layout.CHANNELS_FIRST;
        }
        return predictions.channelStride() == 1 && predictions.channels() > 1 ? Layout.CHANNELS_LAST : Layout.STRIDED;
    }

    /**
     * Whether predictions are rows without gaps, dense labels lie alike, class indices side by side, and weights in
     * either way.
     */
    static boolean liesInRows(Batch batch) {
        Tensor labels = batch.labels().tensor();
        Tensor mask = batch.mask();
        boolean known = batch.labels().kind() == Labels.Kind.INDEX
                ? labels(batch.labels()) != LabelKind.INDEX_ANY && labels.pixelStride() == 1
                : isRows(labels) && (labels.type() == ElementType.FLOAT
                || labels.type() == batch.predictions().type());
        return batch.predictions().channels() > 1 && isRows(batch.predictions()) && known
                && (mask == null || mask.type() == ElementType.FLOAT && (mask.pixelStride() == 1 || isRows(mask)));
    }

    private static boolean isRows(Tensor all) {
        return all.channelStride() == 1 && all.pixelStride() == all.channels();
    }

    /** The kind of the labels of a batch. */
    static LabelKind labels(Labels labels) {
        ElementType type = labels.tensor().type();
        if (labels.kind() == Labels.Kind.FIELD) {
            return type == ElementType.FLOAT ? LabelKind.FIELD_FLOAT : LabelKind.FIELD_ANY;
        }
        if (labels.kind() == Labels.Kind.DENSE) {
            return type == ElementType.FLOAT ? LabelKind.DENSE_FLOAT : LabelKind.DENSE_ANY;
        }
        return switch (type) {
            case UINT8 -> LabelKind.INDEX_UINT8;
            case INT32 -> LabelKind.INDEX_INT32;
            case INT64 -> LabelKind.INDEX_INT64;
            default -> LabelKind.INDEX_ANY;
        };
    }
}
