#pragma once
// Cross-entropy over the hardest pixels, as org.segloss4j.internal.cpu.separate.HardestPixels defines it. Which pixels
// these are is selected by the digits of a number, from the most significant one on.
#include "seg/base/logarithm.cuh"
#include "seg/rank/block.cuh"
#include "seg/rank/order.cuh"
#include "seg/rank/pixels.cuh"

namespace seg {

enum { SELECT_BITS = 11, SELECT_DIGITS = 1 << SELECT_BITS };

// Where there is no activation, log p is not below -100, and has no slope where p is below e^-100.
#define LEAST_LOG ((Real) - 100)
#define LEAST_PROBABILITY 3.720075976020836e-44

// log p. Of a softmax, logTotal is the logarithm of the sum of all exponentials over the largest one.
SEG_DEVICE Real logOf(const Channels& channels, int c, Real logTotal) {
    if (SEG_ACTIVATION == SEG_SOFTMAX) {
        return channels.pixel.prediction(channels.in, c) - channels.pixel.max - logTotal;
    }
    if (SEG_ACTIVATION == SEG_SIGMOID) {
        return logProbability(channels.in, channels.pixel, c);
    }
    Real log = logarithm(channels.prediction(c));
    return log < LEAST_LOG ? LEAST_LOG : log;
}

// What ranks a pixel that is kept whatever the losses of others are: it stands before all of these.
#define KEPT ((Real) - 1)

// Writes loss, mass and what pixels are ranked by.
SEG_DEVICE void lossesOfPixels(const HardestArguments& args) {
    const Inputs& in = args.in;
    forEachPixel(in, 0, in.examples, [&](Channels& channels, i64 n, i64 s) {
        Real loss = 0;
        Real unweightedLoss = 0;
        Real probabilityOfTruth = 0;
        Real weighed = 0;
        Real truths = 0;
        if (!channels.isVoid()) {
            channels.read();
            const Pixel& pixel = channels.pixel;
            Real logTotal = SEG_ACTIVATION == SEG_SOFTMAX ? logarithmOfOnePlus(pixel.topComplement / pixel.inverse) : 0;
            int trueClass = pixel.label < 0 ? -1 : pixel.trueClass(in);
            SEG_UNROLLED
            for (int c = 0; c < channels.count(); c++) {
                Real g = SEG_IS_DENSE ? channels.truth(c) : c == trueClass ? 1 : 0;
                if (g != 0) {
                    weighed += channels.weight(c) * g;
                    truths += g;
                    Real log = logOf(channels, c, logTotal);
                    if (args.byProbability) {
                        probabilityOfTruth += g * channels.probability(c).p;
                        unweightedLoss -= g * log;
                    }
                    Real weight = (Real) (g * args.weights[c]);
                    loss -= weight == 0 ? 0 : weight * log;
                }
            }
        }
        i64 place = n * in.pixels + s;
        args.losses[place] = loss;
        args.masses[place] = truths == 0 ? 0 : weighed / truths;
        if (args.byProbability) {
            args.ranked[place] = (double) probabilityOfTruth < args.rule ? KEPT
                    : unweightedLoss < 0                                 ? 0
                                                                         : unweightedLoss;
        }
    });
}

// A whole number that is the less the harder the pixel is. NaN is the hardest loss, behind what is kept anyway. Losses
// that are no normal floats are equal, since some instructions take them for 0.
SEG_DEVICE u64 hardness(const HardestArguments& args, i64 place) {
    Real number = args.ranked[place];
    if (args.byProbability && number == KEPT) {
        return 0;
    }
    u64 bits = orderedBits(number < SEG_LEAST_NORMAL ? 0 : absolute(number));
    return ~bits & (sizeof(Real) == 4 ? 0xffffffffull : ~0ull);
}

// Counts the digit at a shift of the numbers that begin with what is known, and the last block finds the next digit of
// the number that stands at the wanted place.
SEG_DEVICE void selectDigit(const HardestArguments& args) {
    unsigned* counters = (unsigned*) segShared;
    for (int d = threadIdx.x; d < SELECT_DIGITS; d += blockDim.x) {
        counters[d] = 0;
    }
    __syncthreads();
    Selection* selection = args.selection;
    for (i64 place = (i64) blockIdx.x * blockDim.x + threadIdx.x; place < args.places;
         place += (i64) gridDim.x * blockDim.x) {
        if (args.masses[place] != 0) {
            u64 key = hardness(args, place);
            if (args.isFirst || key >> args.shift >> SELECT_BITS == selection->prefix) {
                atomicAdd(&counters[key >> args.shift & (SELECT_DIGITS - 1)], 1u);
            }
        }
    }
    __syncthreads();
    for (int d = threadIdx.x; d < SELECT_DIGITS; d += blockDim.x) {
        if (counters[d] != 0) {
            atomicAdd(args.counts + d, (u64) counters[d]);
        }
    }
    __syncthreads();
    if (!isLastOf(args.ticket, gridDim.x)) {
        return;
    }
    int run = SELECT_DIGITS / (int) blockDim.x;
    const u64* own = args.counts + threadIdx.x * run;
    i64 sum = 0;
    for (int j = 0; j < run; j++) {
        sum += (i64) own[j];
    }
    i64 all;
    i64 before = sumBefore(sum, all);
    i64 wanted = selection->left;
    u64 prefix = selection->prefix;
    if (args.isFirst) {
        // A product such as 100 times 0.29 is a rounding error below the whole number that is meant. A minimum of
        // losses is a count that void pixels are part of.
        double part = (double) all * args.rule * (1 + 1e-12);
        i64 kept = part<1 ? 1 : part>(double) all ? all : (i64) part;
        kept = args.minimum > 0 ? smaller(args.minimum, all) : kept;
        wanted = args.byProbability ? smaller(args.minimum, all - 1) : kept - 1;
        if (threadIdx.x == 0) {
            selection->voids = args.byProbability || args.minimum <= all ? 0 : args.minimum - all;
        }
        prefix = 0;
    }
    __syncthreads();
    if (wanted >= before && wanted < before + sum) {
        int digit = 0;
        i64 left = wanted - before;
        for (; left >= (i64) own[digit]; digit++) {
            left -= (i64) own[digit];
        }
        selection->prefix = prefix << SELECT_BITS | (u64) (threadIdx.x * run + digit);
        selection->left = left;
        selection->tied = (i64) own[digit];
    }
}

// How much of a pixel is kept: ties share what is left of the count or, if by probability, are not kept. A NaN is kept
// then, so that it shows.
SEG_DEVICE double keptOf(const HardestArguments& args, i64 place) {
    u64 key = hardness(args, place);
    const Selection& selection = *args.selection;
    if (args.byProbability) {
        Real number = args.ranked[place];
        return number != KEPT && number == number && key >= selection.prefix ? 0 : 1;
    }
    return key < selection.prefix    ? 1
            : key > selection.prefix ? 0
                                     : (double) (selection.left + 1) / (double) selection.tied;
}

// Adds up losses and masses of what is kept; the last block makes value and factor of them.
SEG_DEVICE void sumsOfKept(const HardestArguments& args) {
    double loss = 0;
    double mass = 0;
    for (i64 place = (i64) blockIdx.x * blockDim.x + threadIdx.x; place < args.places;
         place += (i64) gridDim.x * blockDim.x) {
        double own = args.masses[place];
        double kept = own == 0 ? 0 : keptOf(args, place) * own;
        if (kept != 0) {
            loss += kept * args.losses[place];
            mass += kept;
        }
    }
    loss = sumOfBlock(loss);
    mass = sumOfBlock(mass);
    if (threadIdx.x == 0) {
        args.partials[2 * blockIdx.x] = loss;
        args.partials[2 * blockIdx.x + 1] = mass;
    }
    if (!isLastOf(args.ticket, gridDim.x)) {
        return;
    }
    loss = 0;
    mass = 0;
    for (i64 k = threadIdx.x; k < gridDim.x; k += blockDim.x) {
        loss += args.partials[2 * k];
        mass += args.partials[2 * k + 1];
    }
    loss = sumOfBlock(loss);
    mass = sumOfBlock(mass) + (double) args.selection->voids;
    if (threadIdx.x == 0) {
        args.selection->factor = mass == 0 ? 0 : args.coefficient / mass;
        args.in.state->value = mass == 0 ? 0 : args.coefficient / mass * loss;
    }
}

// Adds factor * dloss/dz of one pixel.
SEG_DEVICE void addOfPixel(const HardestArguments& args, Channels& channels, const PixelGradient& gradient,
                           Real factor) {
    channels.read();
    Real all = 0;
    SEG_UNROLLED
    for (int c = 0; c < channels.count() && SEG_ACTIVATION == SEG_SOFTMAX; c++) {
        all += (Real) args.weights[c] * channels.truth(c);
    }
    SEG_UNROLLED
    for (int c = 0; c < channels.count(); c++) {
        Real own = (Real) args.weights[c] * channels.truth(c);
        if (SEG_ACTIVATION != SEG_SOFTMAX && own == 0) {
            continue;
        }
        Probability found = channels.probability(c);
        // all p - own, without cancellation where all of the truth is one class.
        Real slope = SEG_ACTIVATION == SEG_IDENTITY ? ((double) found.p < LEAST_PROBABILITY ? 0 : -own / found.p)
                : SEG_ACTIVATION == SEG_SIGMOID     ? -own * found.complement
                                                    : (all - own) * found.p - own * found.complement;
        gradient.add(c, factor * slope);
    }
}

SEG_DEVICE void gradientOfHardest(const HardestArguments& args) {
    const Inputs& in = args.in;
    double factor = args.selection->factor * args.scale;
    i64 step = (i64) gridDim.x * blockDim.x;
    for (i64 place = (i64) blockIdx.x * blockDim.x + threadIdx.x; place < args.places; place += step) {
        double mass = args.masses[place];
        double kept = mass == 0 ? 0 : keptOf(args, place) * mass;
        if (kept != 0) {
            i64 n = place / in.pixels;
            i64 s = place - n * in.pixels;
            Channels channels(in, n, s);
            addOfPixel(args, channels, PixelGradient(args.gradient, n, s), (Real) (factor * kept));
        }
    }
}

}  // namespace seg
