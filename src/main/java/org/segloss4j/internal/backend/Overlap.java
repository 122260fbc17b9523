package org.segloss4j.internal.backend;

import java.util.Arrays;

/**
 * Whether a gradient may be written to where it is. Sweeps read and write pixels in no fixed order, so it must share no
 * memory with what is read, but for one case: it may be the very view that holds the predictions. Every sweep of every
 * backend reads all predictions of a pixel before it writes the first element of that pixel's gradient.
 */
final class Overlap {

    private Overlap() {
    }

    /**
     * Refuses a gradient that would be written over what is still to be read.
     *
     * @throws IllegalArgumentException that names both and the reason
     */
    static void refuse(Batch batch, Tensor gradient) {
        Tensor predictions = batch.predictions();
        if (repeats(gradient.exampleStride(), gradient.examples())
                || repeats(gradient.channelStride(), gradient.channels())
                || repeats(gradient.pixelStride(), gradient.pixels())) {
            throw new IllegalArgumentException("gradient " + gradient + " repeats the same elements along an axis (its"
                    + " stride is 0), so it cannot be written");
        }
        if (shareMemory(gradient, predictions) && !isSameView(gradient, predictions)) {
            throw new IllegalArgumentException("gradient " + gradient + " shares memory with predictions " + predictions
                    + " but is another view of it, so predictions would be overwritten before they are read: give the"
                    + " predictions themselves, or memory of its own");
        }
        refuse(gradient, "labels", batch.labels().tensor());
        if (batch.mask() != null) {
            refuse(gradient, "mask", batch.mask());
        }
    }

    private static void refuse(Tensor gradient, String name, Tensor read) {
        if (shareMemory(gradient, read)) {
            throw new IllegalArgumentException("gradient " + gradient + " shares memory with " + name + " " + read
                    + ", which would be overwritten before it is read: give it memory of its own");
        }
    }

    private static boolean repeats(long stride, long size) {
        return stride == 0 && size > 1;
    }

    private static boolean shareMemory(Tensor a, Tensor b) {
        DevicePlace ofA = a.storage().place();
        DevicePlace ofB = b.storage().place();
        boolean isOneSpace = ofA == null ? ofB == null : ofB != null && ofA.device() == ofB.device();
        return isOneSpace && a.storage().meets(b.storage()) && between(a, b);
    }

    /** Whether tensors of one shape have the same elements at the same addresses. */
    private static boolean isSameView(Tensor a, Tensor b) {
        return a.type() == b.type() && first(a) == first(b)
                && (a.exampleStride() == b.exampleStride() || a.examples() == 1)
                && (a.channelStride() == b.channelStride() || a.channels() == 1)
                && (a.pixelStride() == b.pixelStride() || a.pixels() == 1);
    }

    /**
     * Whether an element of one tensor may be an element of the other. Exact where both have elements of one size and
     * the same strides, as parts of one array have; otherwise true if the ranges of memory between their first and last
     * elements overlap.
     */
    static boolean between(Tensor a, Tensor b) {
        long from = first(a);
        long to = first(b);
        if (from + reach(a, 1) <= to - reach(b, -1) || to + reach(b, 1) <= from - reach(a, -1)) {
            return false;
        }
        long size = a.type().bytes();
        Axis[] axes = {Axis.of(a.exampleStride(), a.examples(), b.exampleStride(), b.examples()),
            Axis.of(a.channelStride(), a.channels(), b.channelStride(), b.channels()),
            Axis.of(a.pixelStride(), a.pixels(), b.pixelStride(), b.pixels())};
        if (size != b.type().bytes() || (to - from) % size != 0 || Arrays.asList(axes).contains(null)) {
            return true;
        }
        Arrays.sort(axes, (x, y) -> Long.compare(Math.abs(y.stride), Math.abs(x.stride)));
        return leads((to - from) / size, axes, 0);
    }

    private static long first(Tensor t) {
        return t.storage().address() + t.offset() * t.type().bytes();
    }

    /** Bytes from the first element to the end of the farthest one in a direction. */
    private static long reach(Tensor t, int sign) {
        long elements = sign > 0 ? 1 : 0;
        long[] ways = {(t.examples() - 1) * t.exampleStride(), (t.channels() - 1) * t.channelStride(),
            (t.pixels() - 1) * t.pixelStride()};
        for (long way : ways) {
            elements += Math.max(0, sign * way);
        }
        return elements * t.type().bytes();
    }

    /** A stride, and the bounds of the difference of two indices along it. */
    private record Axis(long stride, long least, long most) {

        /** Null if the tensors' strides differ where it matters. */
        static Axis of(long a, long sizeA, long b, long sizeB) {
            boolean same = a == b || sizeA == 1 && sizeB == 1;
            return same ? new Axis(sizeA == 1 && sizeB == 1 ? 0 : a, 1 - sizeB, sizeA - 1) : null;
        }
    }

    /** Whether some differences of indices along axes k and following add up to a distance. */
    private static boolean leads(long distance, Axis[] axes, int k) {
        if (k == axes.length || axes[k].stride == 0) {
            return distance == 0;
        }
        // The axes with shorter strides have to cover the rest, so only a few differences are possible.
        long low = 0;
        long high = 0;
        for (int rest = k + 1; rest < axes.length; rest++) {
            Axis axis = axes[rest];
            low += Math.min(axis.stride * axis.least, axis.stride * axis.most);
            high += Math.max(axis.stride * axis.least, axis.stride * axis.most);
        }
        double one = (double) (distance - high) / axes[k].stride;
        double other = (double) (distance - low) / axes[k].stride;
        long from = Math.max(axes[k].least, (long) Math.ceil(Math.min(one, other)));
        long to = Math.min(axes[k].most, (long) Math.floor(Math.max(one, other)));
        for (long difference = from; difference <= to; difference++) {
            if (leads(distance - difference * axes[k].stride, axes, k + 1)) {
                return true;
            }
        }
        return false;
    }
}
