package org.segloss4j.internal.cuda.call;

import java.util.Arrays;
import org.segloss4j.internal.backend.Tensor;

/** Whether two tensors of one device share memory. */
final class Overlap {

    private Overlap() {
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
