#pragma once
// Pixels with many classes, of a known number, and with dense labels under a softmax. As of class indices, the warps of
// a block share the channels of a tile of pixels. Each warp reads and checks the labels of its own channels, so what
// it needs of all channels is what a softmax does: the largest prediction, and sums.
#include "seg/pixel/channel_slice.cuh"
#include "seg/pixel/dense_group.cuh"
#include "seg/pixel/exponential.cuh"

#if SEG_HAS_DENSE_SLICES
namespace seg {

// Sums that warps exchange for each pixel: those of TopAndOthers.
// Beside pixel losses, then those of their slopes.
#define SEG_SLICE_SUMS (SEG_HAS_SLICED_TRUTHS ? 6 : 4)

// What warps tell one another about the pixels of a tile. Every member is written after one of the barriers of a tile
// and read after the next one. Beside that, the slopes of the region scores by the channels of each warp, for the
// gradient: from shared memory one instruction reads four of them.
struct Exchange : LaneNumbers {
    Real max[SEG_WARPS][32 * SEG_VECTOR];
    Real sums[SEG_SLICE_SUMS][SEG_WARPS][32 * SEG_VECTOR];
    Real weight[32 * SEG_VECTOR];
    alignas(16) Real a[SEG_WARPS][SEG_PADDED_SLICE];
    alignas(16) Real b[SEG_WARPS][SEG_PADDED_SLICE];
};

// What holds for all groups of an example, and where this warp's slice of the lane's first group begins.
struct SliceExample {
    DenseExample dense;
    i64 predictionsAt;  // in bytes, if the first group began at pixel 0
    i64 truthsAt;  // in elements, likewise

    SEG_MEMBER const unsigned char* predictions(const Inputs& in, i64 tile) const {
        return (const unsigned char*) in.predictions.address + kept(predictionsAt + tile * dense.pixelBytes);
    }
    // The label of the lane's first pixel and the slice's first channel.
    SEG_MEMBER i64 firstTruth(const Inputs& in, i64 tile) const { return truthsAt + tile * in.labels.pixelStride; }
};

// `first` is the first pixel of any group.
SEG_DEVICE SliceExample sliceExample(const Inputs& in, i64 n, i64 first) {
    DenseExample dense = denseExample(in, n, first);
    i64 ofLane = lane() * SEG_VECTOR;
    i64 channel = ChannelSlice::channel(0);
    return {dense, kept(dense.predictionsAt + channel * dense.channelBytes + ofLane * dense.pixelBytes),
            kept(dense.labelsAt + channel * in.labels.channelStride + ofLane * in.labels.pixelStride)};
}

// Whether labels that are looked at while they are used are surely valid. If not, each is to be looked at.
struct TruthCheck {
    Real most;
    unsigned bits;
    bool all;  // of a field

    SEG_MEMBER TruthCheck() : most(0), bits(0), all(true) {}

    // Looks at two labels.
    SEG_MEMBER void look(Real a, Real b) {
#if SEG_FIELD
        all = all && isTruth(a) && isTruth(b);
#else
        most = larger(larger(most, a), b);
        bits = joinedBits(bits, a, b);
#endif
    }

    // Of a float, one of the two upper bits says that it is negative, from 2 on or NaN.
    SEG_MEMBER bool areValid() const { return all && most <= 1 && bits < 0x40000000u; }
};

// The group of this lane, with this warp's slice of its channels. A void pixel, or one that does not belong to the
// part, has the weight 0, and whoever uses a pixel leaves those out, since their numbers may be NaN.
struct DenseSlice : ChannelSlice {
    Real max[SEG_VECTOR];
    Real shift[SEG_VECTOR];  // of exponentialFrom
    Real weight[SEG_VECTOR];
    Real truths[SEG_SLICE][SEG_VECTOR];
#if SEG_HAS_SLICED_TRUTHS
    Real ofWarp[SEG_VECTOR];  // the largest prediction of the slice
#endif

    // Reads predictions, labels and weights, and finds the largest prediction of each pixel. Those of a pixel with a
    // large one become the differences from it. All threads of the block must call it.
    SEG_MEMBER void read(const Inputs& in, const SliceExample& example, i64 tile, Real* rows, Exchange& exchange) {
#if SEG_STAGES_TRUTHS
        fillMissing(truths, 0);
        bringWithTruths(in, example.dense, tile, group.to, rows, [&](const Real* row) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                if (exists(i)) {
                    truths[i][0] = row[channel(i)];
                }
            }
        });
#else
        if (SEG_STAGED) {
            i64 at = group.n * in.predictions.exampleStride + tile * in.predictions.pixelStride;
            bringRows(in.predictions, at, (int) smaller(group.to - tile, (i64) 32), rows);
        }
#endif
        // Weights come first, since what it takes to check them has no registers beside predictions and sums.
        if (!example.dense.isPlain && warp() == 0) {
            seldom();
            readWeights(in, exchange.weight);
        }
        fillMissing(p, floatOfBits(0xff800000u));
        readSlice(example.predictions(in, tile), kept(example.dense.channelBytes), rows + lane() * SEG_PITCH);
#if !SEG_STAGES_TRUTHS
        readTruths(in, example, tile);
#endif
        findMaxima(max);
#if SEG_HAS_SLICED_TRUTHS
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            ofWarp[v] = max[v];
        }
#endif
        Exchange::tell(exchange.max[warp()], max);
        __syncthreads();
        findWeights(example.dense.isPlain, exchange.weight);
        Exchange::largestOfWarps(exchange.max, max);
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            if (absolute(max[v]) >= SEG_LARGE_LOGIT) {
                seldom();
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    p[i][v] -= max[v];
                }
#if SEG_HAS_SLICED_TRUTHS
                ofWarp[v] -= max[v];
#endif
                max[v] -= max[v];
            }
            shift[v] = shiftOf(max[v]);
        }
    }

    // Gives a number to what no memory is read for: pixels that do not belong to the part, channels that do not exist.
    SEG_MEMBER void fillMissing(Real (&numbers)[SEG_SLICE][SEG_VECTOR], Real number) const {
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
#pragma unroll
            for (int v = 0; v < SEG_VECTOR && !exists(i); v++) {
                numbers[i][v] = number;
            }
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            if (!group.has(v)) {
                seldom();
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    numbers[i][v] = number;
                }
            }
        }
    }

    // Reads and checks the weights of pixels that do not all have the weight 1, for all warps.
    SEG_MEMBER void readWeights(const Inputs& in, Real* weights) const {
#pragma unroll 1
        for (int v = 0; v < SEG_VECTOR; v++) {
            Pixel pixel = {};
            if (group.has(v)) {
                SEG_SPREAD ? pixel.load(in, group.n, group.first + v) : pixel.weigh(in, group.n, group.first + v);
            }
            weights[lane() * SEG_VECTOR + v] = pixel.weight;
        }
    }

    // Finds the weights, once they are read.
    SEG_MEMBER void findWeights(bool isPlain, const Real* weights) {
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            weight[v] = group.has(v) ? 1 : 0;
            if (!isPlain) {
                seldom();
                weight[v] = weights[lane() * SEG_VECTOR + v];
            }
        }
    }

#if SEG_SPREAD
    // Makes labels of class indices.
    SEG_MEMBER void readTruths(const Inputs& in, const SliceExample& example, i64) {
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            i64 at = example.dense.labelsAt + (group.first + v) * in.labels.pixelStride;
            i64 given = group.has(v) ? readIndex(in.labels.address, (int) in.labels.type, at) : -1;
            int y = given >= 0 && given < SEG_CLASSES ? (int) given : -1;
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                truths[i][v] = y == channel(i) ? 1 : 0;
            }
        }
    }

    // Whoever reads weights has looked at class indices.
    SEG_MEMBER void check(const Inputs&, const SliceExample&, i64) const {}
#else
    // Reads the labels of the slice as they are, valid or not.
    SEG_MEMBER void readTruths(const Inputs& in, const SliceExample& example, i64 tile) {
        i64 first = example.firstTruth(in, tile);
        fillMissing(truths, 0);
        if (group.isWhole() && example.dense.isWide) {
            readWide(in, first);
        } else {
            readEach(in, first);
        }
    }

    SEG_MEMBER void readWide(const Inputs& in, i64 first) {
        if (SEG_LABELS == SEG_DENSE_FLOAT) {
            readWide<float, 0>(in, first);
            return;
        }
        switch ((int) in.labels.type) {
            case 0: readWide<float, 0>(in, first); break;
            case 1: readWide<double, 1>(in, first); break;
            case 2: readWide<unsigned short, 2>(in, first); break;
            case 3: readWide<unsigned short, 3>(in, first); break;
            case 4: readWide<unsigned char, 4>(in, first); break;
            case 6: readWide<unsigned short, 6>(in, first); break;
            case 7: readWide<short, 7>(in, first); break;
            case 8: readWide<unsigned, 8>(in, first); break;
            case 9: readWide<int, 9>(in, first); break;
            case 10:
            case 11: readWide<i64, 11>(in, first); break;
            default: readWide<signed char, 5>(in, first); break;
        }
    }

    template <typename T, int TYPE>
    SEG_MEMBER void readWide(const Inputs& in, i64 first) {
        const T* at = (const T*) in.labels.address + first;
        i64 step = kept(in.labels.channelStride);
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
            if (exists(i)) {
                Pack<T, SEG_VECTOR> some = readPack<T, SEG_VECTOR>(at);
#pragma unroll
                for (int v = 0; v < SEG_VECTOR; v++) {
                    truths[i][v] = readReal(some.of, TYPE, v);
                }
            }
            at += step;
        }
    }

    SEG_MEMBER void readEach(const Inputs& in, i64 first) {
        int type = SEG_LABELS == SEG_DENSE_FLOAT ? 0 : (int) in.labels.type;
        i64 step = kept(in.labels.channelStride);
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            i64 at = first + v * kept(in.labels.pixelStride);
            if (group.has(v)) {
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    if (exists(i)) {
                        truths[i][v] = readReal(in.labels.address, type, at);
                    }
                    at += step;
                }
            }
        }
    }

    // Looks at all labels of the group, and reports those that are not valid.
    SEG_MEMBER void check(const Inputs& in, const SliceExample& example, i64 tile) const {
        TruthCheck check;
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i += 2) {
                check.look(truths[i][v], truths[i + 1 < SEG_SLICE ? i + 1 : i][v]);
            }
        }
        if (!check.areValid()) {
            seldom();
            report(in, example, tile);
        }
    }

    // Reports labels that are not valid. It reads them again, for which there are registers then.
    SEG_MEMBER void report(const Inputs& in, const SliceExample& example, i64 tile) const {
        i64 first = example.firstTruth(in, tile);
        int type = SEG_LABELS == SEG_DENSE_FLOAT ? 0 : (int) in.labels.type;
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
#pragma unroll 1
            for (int i = 0; weight[v] != 0 && i < SEG_SLICE && channel(i) < SEG_CLASSES; i++) {
                i64 at = first + v * in.labels.pixelStride + i * in.labels.channelStride;
                if (!isTruth(readReal(in.labels.address, type, at))) {
                    reportLabel(in.state, group.n * in.pixels + group.first + v);
                }
            }
        }
    }
#endif
};

}  // namespace seg
#endif
