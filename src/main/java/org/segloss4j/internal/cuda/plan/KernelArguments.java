package org.segloss4j.internal.cuda.plan;

import java.nio.ByteBuffer;
import org.segloss4j.internal.backend.Tensor;

/**
 * The structs that kernels take by value, member for member as in {@code kernels/seg/base/arguments.cuh}. Every member
 * has 8 bytes, so there is no padding. Addresses are device addresses; a truth value is 0 or 1.
 */
public sealed interface KernelArguments {

    /** Writes the members in order. */
    void put(ByteBuffer to);

    /** A strided view [N, C, S]; {@code address} is that of element [0, 0, 0], or 0 for an absent mask. */
    record TensorArgument(long address, long exampleStride, long channelStride, long pixelStride, long type,
                          long channels) implements KernelArguments {

        /** No tensor. */
        public static final TensorArgument ABSENT = new TensorArgument(0, 0, 0, 0, 0, 0);

        /** A tensor that is in device memory. */
        public static TensorArgument of(Tensor t) {
            return of(t, t.storage().address() + t.offset() * t.type().bytes());
        }

        /** A tensor whose element [0, 0, 0] is at the given device address; a single channel has stride 0. */
        public static TensorArgument of(Tensor t, long address) {
            return new TensorArgument(address, t.exampleStride(), t.channels() == 1 ? 0 : t.channelStride(),
                    t.pixelStride(), t.type().ordinal(), t.channels());
        }

        @Override
        public void put(ByteBuffer to) {
            to.putLong(address).putLong(exampleStride).putLong(channelStride).putLong(pixelStride).putLong(type)
                    .putLong(channels);
        }
    }

    /** What both sweeps and the confusion counts read. */
    record Inputs(TensorArgument predictions, TensorArgument labels, TensorArgument mask, long examples, long pixels,
                  long classes, long parts, long chunk, long perImage, long hasIgnore, long ignore, long pixelTerms,
                  long curves, long state) implements KernelArguments {

        /** The same, reported elsewhere. */
        public Inputs reportingTo(long other) {
            return new Inputs(predictions, labels, mask, examples, pixels, classes, parts, chunk, perImage, hasIgnore,
                    ignore, pixelTerms, curves, other);
        }

        /** The same for a kernel behind one that reports what is bad. */
        Inputs withoutReports() {
            return new Inputs(predictions, labels, mask, examples, pixels, classes, parts, chunk, perImage, hasIgnore,
                    ignore, pixelTerms, curves, 0);
        }

        @Override
        public void put(ByteBuffer to) {
            predictions.put(to);
            labels.put(to);
            mask.put(to);
            to.putLong(examples).putLong(pixels).putLong(classes).putLong(parts).putLong(chunk).putLong(perImage)
                    .putLong(hasIgnore).putLong(ignore).putLong(pixelTerms).putLong(curves).putLong(state);
        }
    }

    /** Arguments of {@code region_forward.cu}. */
    record ForwardArguments(Inputs in, long hasThreshold, double threshold, long regionTerms, long regions, long means,
                            long partials, long sums, long pooled, long table) implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            in.put(to);
            to.putLong(hasThreshold).putDouble(threshold).putLong(regionTerms).putLong(regions).putLong(means)
                    .putLong(partials).putLong(sums).putLong(pooled).putLong(table);
        }
    }

    /** Arguments of {@code region_backward.cu}. */
    record BackwardArguments(Inputs in, TensorArgument gradient, long table, long rows, long firstRow,
                             long keepsSlopes, long reverse, double scale) implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            in.put(to);
            gradient.put(to);
            to.putLong(table).putLong(rows).putLong(firstRow).putLong(keepsSlopes).putLong(reverse)
                    .putDouble(scale);
        }
    }

    /** Arguments of {@code pixel_weights.cu}. */
    record WeightArguments(Inputs in, long means, long partials, long sums, long table, long state)
            implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            in.put(to);
            to.putLong(means).putLong(partials).putLong(sums).putLong(table).putLong(state);
        }
    }

    /** Arguments of {@code pixel_losses.cu}. */
    record PixelLossArguments(BackwardArguments backward, long partials, long sums) implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            backward.put(to);
            to.putLong(partials).putLong(sums);
        }
    }

    /** Arguments of {@code confusion.cu}. */
    record ConfusionArguments(Inputs in, double cut, long counts, long shared) implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            in.put(to);
            to.putDouble(cut).putLong(counts).putLong(shared);
        }
    }

    /** Arguments of {@code outcomes.cu}. */
    record OutcomeArguments(Inputs in, long counts) implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            in.put(to);
            to.putLong(counts);
        }
    }

    /** What a sweep that counts gets beside the arguments of one that does not. */
    record CountArguments(long counts, long state, double cut, long shared) implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            to.putLong(counts).putLong(state).putDouble(cut).putLong(shared);
        }
    }

    /** Arguments of {@code region_forward.cu} where it counts. */
    record CountingForwardArguments(ForwardArguments forward, CountArguments counting) implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            forward.put(to);
            counting.put(to);
        }
    }

    /** Arguments of {@code pixel_losses.cu} where it counts. */
    record CountingLossArguments(PixelLossArguments losses, CountArguments counting) implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            losses.put(to);
            counting.put(to);
        }
    }

    /** Arguments of {@code set_errors.cu} and {@code set_gradient.cu}. */
    record SetArguments(Inputs in, TensorArgument gradient, long from, long count, long together, long rows,
                        long places, long hinge, long errors, long truth, long other, long counts, long slopes,
                        long table, double scale)
            implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            in.put(to);
            gradient.put(to);
            to.putLong(from).putLong(count).putLong(together).putLong(rows).putLong(places).putLong(hinge)
                    .putLong(errors).putLong(truth).putLong(other).putLong(counts).putLong(slopes).putLong(table)
                    .putDouble(scale);
        }
    }

    /** Arguments of the kernels that rank places, and of those that go through them in that order or in bins. */
    record RankArguments(long errors, long truth, long other, long places, long hinge, long numbers, long from,
                         long numbersThen, long to, long shift, long blocks, long counts, long tickets, long bins,
                         long slopes, long partials, long values, long totals)
            implements KernelArguments {

        /** The same for one more digit. */
        public RankArguments pass(long numbersSoFar, long orderSoFar, long numbersNext, long orderNext, long digit) {
            return new RankArguments(errors, truth, other, places, hinge, numbersSoFar, orderSoFar, numbersNext,
                    orderNext, digit, blocks, counts, tickets, bins, slopes, partials, values, totals);
        }

        @Override
        public void put(ByteBuffer out) {
            out.putLong(errors).putLong(truth).putLong(other).putLong(places).putLong(hinge).putLong(numbers)
                    .putLong(from).putLong(numbersThen).putLong(to).putLong(shift).putLong(blocks).putLong(counts)
                    .putLong(tickets).putLong(bins).putLong(slopes).putLong(partials).putLong(values).putLong(totals);
        }
    }

    /** Arguments of {@code hardest_*.cu} and {@code select_digit.cu}. */
    record HardestArguments(Inputs in, TensorArgument gradient, long places, long byProbability, double rule,
                            long minimum, double coefficient, double scale, long weights, long losses, long masses,
                            long ranked, long shift, long isFirst, long counts, long ticket, long selection,
                            long partials)
            implements KernelArguments {

        /** The same for a kernel behind one that reports what is bad. */
        public HardestArguments withoutReports() {
            return new HardestArguments(in.withoutReports(), gradient, places, byProbability, rule, minimum,
                    coefficient, scale, weights, losses, masses, ranked, shift, isFirst, counts, ticket, selection,
                    partials);
        }

        /** The same for a digit, which is counted in memory of its own. */
        public HardestArguments digit(long at, boolean first, long counters, long counter) {
            return new HardestArguments(in, gradient, places, byProbability, rule, minimum, coefficient, scale, weights,
                    losses, masses, ranked, at, first ? 1 : 0, counters, counter, selection, partials);
        }

        @Override
        public void put(ByteBuffer to) {
            in.put(to);
            gradient.put(to);
            to.putLong(places).putLong(byProbability).putDouble(rule).putLong(minimum).putDouble(coefficient)
                    .putDouble(scale).putLong(weights).putLong(losses).putLong(masses).putLong(ranked).putLong(shift)
                    .putLong(isFirst).putLong(counts).putLong(ticket).putLong(selection).putLong(partials);
        }
    }

    /** Arguments of {@code calibration_*.cu}. */
    record CalibrationArguments(Inputs in, TensorArgument gradient, long bins, long onlyPresent, long isShared,
                                double most, long table, long largest, long counts, long slopes, long values,
                                double scale)
            implements KernelArguments {

        /** The same for a kernel behind one that reports what is bad. */
        public CalibrationArguments withoutReports() {
            return new CalibrationArguments(in.withoutReports(), gradient, bins, onlyPresent, isShared, most, table,
                    largest, counts, slopes, values, scale);
        }

        @Override
        public void put(ByteBuffer to) {
            in.put(to);
            gradient.put(to);
            to.putLong(bins).putLong(onlyPresent).putLong(isShared).putDouble(most).putLong(table).putLong(largest)
                    .putLong(counts).putLong(slopes).putLong(values).putDouble(scale);
        }
    }

    /** Arguments of {@code label_histogram.cu}. */
    record HistogramArguments(TensorArgument labels, long examples, long pixels, long classes, long parts, long chunk,
                              long hasIgnore, long ignore, long counts, long state, long shared)
            implements KernelArguments {

        @Override
        public void put(ByteBuffer to) {
            labels.put(to);
            to.putLong(examples).putLong(pixels).putLong(classes).putLong(parts).putLong(chunk).putLong(hasIgnore)
                    .putLong(ignore).putLong(counts).putLong(state).putLong(shared);
        }
    }
}
