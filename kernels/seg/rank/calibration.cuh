#pragma once
// The average calibration error of each image and class, as org.segloss4j.internal.cpu.separate.CalibrationError
// defines it. Sums of bins are whole numbers of a small unit, whose sum does not depend on the order: the unit is so
// small that weights and probabilities keep more digits than a float has, and so large that no sum of an image
// overflows.
#include "seg/rank/pixels.cuh"

namespace seg {

// The numbers of a bin: its weight, its weighed probabilities and truths, and how many probabilities are no numbers or
// so far from 0..1 that their sum might overflow.
enum { BIN_NUMBERS = 4, BIN_PIXELS = 4 };
// The upper edge of the last bin: a probability of 1 is inside. Probabilities beyond the other one are none.
#define TOP_OF_BINS (1 + 1.1920928955078125e-7)
#define MOST_OF_PROBABILITY 512

// The bin of a probability; an edge belongs to the bin below it. What is no number is in the first one.
SEG_DEVICE int binOfProbability(const CalibrationArguments& args, Real p) {
    double place = (double) p * (double) args.bins / TOP_OF_BINS;
    if (!(place > 0)) {
        return 0;
    }
    if (place >= (double) args.bins) {
        return (int) args.bins - 1;
    }
    int bin = (int) place;
    return bin > 0 && (double) bin == place ? bin - 1 : bin;
}

// Whole numbers by which a weight is counted. No weight counts as none.
SEG_DEVICE i64 units(double unit, double weight) {
    i64 whole = (i64) (weight * unit + 0.5);
    return whole == 0 ? 1 : whole;
}

// The largest weight of the mask, as the bits of a float above it.
SEG_DEVICE void largestWeight(const CalibrationArguments& args) {
    const Inputs& in = args.in;
    unsigned most = 0;
    i64 all = in.examples * in.pixels;
    i64 step = (i64) gridDim.x * blockDim.x;
    for (i64 k = (i64) blockIdx.x * blockDim.x + threadIdx.x; k < all; k += step) {
        Pixel pixel = {};
        pixel.locate(in, k / in.pixels, k % in.pixels);
        for (i64 c = 0; c < in.mask.channels; c++) {
            Real weight = pixel.maskWeight(in, c);
            unsigned bits = isWeight(weight) ? __float_as_uint((float) weight) : 0;
            most = bits > most ? bits : most;
        }
    }
    atomicMax(args.largest, (u64) most);
}

// How many units the weight 1 has: the largest weight has so many as it may have, or nearly.
SEG_DEVICE double unitOf(const CalibrationArguments& args) {
    if (args.in.mask.address == nullptr) {
        return args.most;
    }
    unsigned bits = (unsigned) *args.largest;
    // A power of two above the largest weight.
    return bits == 0 ? args.most : args.most / (2 * (double) floatOfBits(bits & 0x7f800000u));
}

// What consecutive pixels of a thread add to a bin.
struct BinSum {
    u64* bins;
    int bin;
    i64 numbers[BIN_NUMBERS];

    SEG_MEMBER void start(int next) {
        bin = next;
        numbers[0] = numbers[1] = numbers[2] = numbers[3] = 0;
    }

    SEG_MEMBER void flush() const {
        for (int k = 0; k < BIN_NUMBERS; k++) {
            if (bin >= 0 && numbers[k] != 0) {
                atomicAdd(bins + bin * BIN_NUMBERS + k, (u64) numbers[k]);
            }
        }
    }
};

// Adds some pixels of an image to the bins of a class.
SEG_DEVICE void addToBins(const CalibrationArguments& args, const Pixel (&pixels)[BIN_PIXELS], i64 c, double unit,
                          u64* bins) {
    BinSum sum;
    sum.bins = bins;
    sum.start(-1);
#pragma unroll
    for (int v = 0; v < BIN_PIXELS; v++) {
        Real weight = pixels[v].weightOf(args.in, c);
        if (weight != 0) {
            Real p = probability(args.in, pixels[v], c).p;
            int bin = binOfProbability(args, p);
            if (bin != sum.bin) {
                sum.flush();
                sum.start(bin);
            }
            Real g = pixels[v].truth(args.in, c);
            bool isNumber = absolute(p) <= MOST_OF_PROBABILITY;
            i64 mass = units(unit, weight);
            sum.numbers[0] += mass;
            sum.numbers[1] += isNumber ? (i64) ((double) weight * (double) p * unit) : 0;
            sum.numbers[2] += g == 1 ? mass : (i64) ((double) weight * (double) g * unit);
            sum.numbers[3] += isNumber ? 0 : 1;
        }
    }
    sum.flush();
}

// Adds the pixels of a block to the bins of their images. Block b takes part b % parts of an example.
SEG_DEVICE void countBins(const CalibrationArguments& args) {
    const Inputs& in = args.in;
    i64 ofImage = classes(in) * args.bins * BIN_NUMBERS;
    double unit = unitOf(args);
    i64 from = blockIdx.x % in.parts * in.chunk;
    i64 to = smaller(from + in.chunk, in.pixels);
    for (i64 n = blockIdx.x / in.parts; n < in.examples; n += gridDim.x / in.parts) {
        u64* counts = args.counts + n * ofImage;
        u64* bins = args.isShared ? (u64*) segShared : counts;
        for (i64 k = threadIdx.x; args.isShared && k < ofImage; k += blockDim.x) {
            bins[k] = 0;
        }
        __syncthreads();
        for (i64 first = from + threadIdx.x; first < to; first += (i64) blockDim.x * BIN_PIXELS) {
            Pixel pixels[BIN_PIXELS];
#pragma unroll
            for (int v = 0; v < BIN_PIXELS; v++) {
                i64 s = first + v * (i64) blockDim.x;
                pixels[v] = {};
                if (s < to) {
                    pixels[v].load(in, n, s);
                    if (!pixels[v].isVoid(in)) {
                        prepare(in, pixels[v]);
                    }
                }
            }
            for (i64 c = 0; c < classes(in); c++) {
                if (args.table[c] != 0) {
                    addToBins(args, pixels, c, unit, bins + c * args.bins * BIN_NUMBERS);
                }
            }
        }
        __syncthreads();
        for (i64 k = threadIdx.x; args.isShared && k < ofImage; k += blockDim.x) {
            if (bins[k] != 0) {
                atomicAdd(counts + k, bins[k]);
            }
        }
        __syncthreads();
    }
}

// Makes the error of each image and class, and the slope by each probability of weight 1 in a bin. Each warp takes one
// row after the other, and a lane every 32nd bin.
SEG_DEVICE void slopesOfCalibration(const CalibrationArguments& args) {
    i64 rows = args.in.examples * classes(args.in);
    double unit = unitOf(args);
    for (i64 row = (i64) blockIdx.x * warps() + warp(); row < rows; row += (i64) gridDim.x * warps()) {
        const u64* counts = args.counts + row * args.bins * BIN_NUMBERS;
        i64 truth = 0;
        int occupied = 0;
        for (i64 b = lane(); b < args.bins; b += 32) {
            truth += (i64) counts[b * BIN_NUMBERS + 2];
            occupied += counts[b * BIN_NUMBERS] != 0 ? 1 : 0;
        }
        truth = warpSum(truth);
        occupied = warpSum(occupied);
        bool isLeftOut = occupied == 0 || (args.onlyPresent && truth == 0);
        double error = 0;
        for (i64 b = lane(); b < args.bins; b += 32) {
            double weight = (double) (i64) counts[b * BIN_NUMBERS];
            double slope = 0;
            if (!isLeftOut && weight != 0) {
                i64 difference = (i64) counts[b * BIN_NUMBERS + 1] - (i64) counts[b * BIN_NUMBERS + 2];
                double gap = counts[b * BIN_NUMBERS + 3] != 0 ? (double) floatOfBits(0x7fc00000u)
                                                              : (double) difference / weight;
                error += absolute(gap) / occupied;
                slope = (gap > 0 ? 1 : gap < 0 ? -1 : gap) * unit / weight / occupied;
            }
            args.slopes[row * args.bins + b] = slope;
        }
        error = warpSum(error);
        if (lane() == 0) {
            args.values[row] = error;
        }
    }
}

// Adds the gradient of each pixel from the slope of its bin.
SEG_DEVICE void gradientOfCalibration(const CalibrationArguments& args) {
    const Inputs& in = args.in;
    forEachPixel(in, 0, in.examples, [&](Channels& channels, i64 n, i64 s) {
        if (channels.isVoid()) {
            return;
        }
        channels.read();
        const double* slopes = args.slopes + n * classes(in) * args.bins;
        PixelGradient(args.gradient, n, s).addThroughActivation(channels, args.scale, [&](int c) {
            Real weight = channels.weight(c);
            Real factor = (Real) args.table[c];
            if (weight == 0 || factor == 0) {
                return (Real) 0;
            }
            int bin = binOfProbability(args, channels.probability(c).p);
            return factor * weight * (Real) slopes[c * args.bins + bin];
        });
    });
}

}  // namespace seg
