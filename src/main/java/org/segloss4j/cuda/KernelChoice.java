package org.segloss4j.cuda;

import org.segloss4j.backend.Activation;
import org.segloss4j.backend.Batch;
import org.segloss4j.backend.ElementType;
import org.segloss4j.backend.Labels;
import org.segloss4j.backend.Tensor;
import org.segloss4j.cuda.KernelVariant.Entry;
import org.segloss4j.cuda.KernelVariant.LabelKind;
import org.segloss4j.cuda.KernelVariant.Layout;

/** Chooses the variant of a kernel for a batch. */
final class KernelChoice {

    /** Classes up to which the loops are unrolled. */
    private static final int UNROLLED = 32;
    private static final int UNROLLED_DOUBLE = 12;

    private KernelChoice() {
    }

    /** The variant of a sweep. */
    static KernelVariant sweep(Entry entry, Batch batch, Integer ignore) {
        Tensor predictions = batch.predictions();
        int limit = predictions.type() == ElementType.DOUBLE ? UNROLLED_DOUBLE : UNROLLED;
        int channels = predictions.channels();
        boolean unrolled = channels <= limit && !weighsOutputs(batch, ignore);
        return new KernelVariant(entry, unrolled ? channels : 0, batch.activation(), layout(predictions),
                labels(batch.labels()), predictions.type());
    }

    /** The variant that counts pairs: few, since it is bound by memory however it is compiled. */
    static KernelVariant confusion(Batch batch) {
        Activation activation = batch.predictions().channels() == 1 ? batch.activation() : Activation.IDENTITY;
        boolean index = batch.labels().kind() == Labels.Kind.INDEX;
        return new KernelVariant(Entry.CONFUSION, 0, activation, Layout.STRIDED,
                index ? LabelKind.INDEX_ANY : LabelKind.DENSE_ANY, batch.predictions().type());
    }

    /** The variant that counts labels. */
    static KernelVariant histogram() {
        return new KernelVariant(Entry.LABEL_HISTOGRAM, 0, Activation.IDENTITY, Layout.STRIDED, LabelKind.INDEX_ANY,
                ElementType.FLOAT);
    }

    /** Whether outputs of one pixel may weigh differently. */
    private static boolean weighsOutputs(Batch batch, Integer ignore) {
        int channels = batch.predictions().channels();
        boolean byValue = batch.labels().kind() == Labels.Kind.DENSE && ignore != null
                && (ignore < 0 || ignore >= channels);
        return channels > 1 && (byValue || batch.mask() != null && batch.mask().channels() > 1);
    }

    private static Layout layout(Tensor predictions) {
        if (predictions.pixelStride() == 1 || predictions.pixels() == 1 && predictions.channelStride() != 1) {
            return Layout.CHANNELS_FIRST;
        }
        return predictions.channelStride() == 1 && predictions.channels() > 1 ? Layout.CHANNELS_LAST : Layout.STRIDED;
    }

    private static LabelKind labels(Labels labels) {
        ElementType type = labels.tensor().type();
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
