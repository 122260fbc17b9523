#pragma once
// The channels that a warp holds in registers where the warps of a block share those of a tile of pixels: a slice of
// the channels of a group of pixels for each lane.
#include "seg/pixel/group.cuh"
#include "seg/pixel/staging.cuh"

#if SEG_SUMS == SEG_SLICES
namespace seg {

// How the lanes of a warp tell numbers of their pixels to other warps through shared memory.
struct LaneNumbers {
    // The numbers of this lane in a member.
    template <int COUNT = SEG_VECTOR>
    static SEG_MEMBER Pack<Real, COUNT> ofLane(const Real* all) {
        return readPack<Real, COUNT>(all + lane() * COUNT);
    }

    template <int COUNT>
    static SEG_MEMBER void tell(Real* all, const Real (&numbers)[COUNT]) {
        Pack<Real, COUNT> pack;
#pragma unroll
        for (int k = 0; k < COUNT; k++) {
            pack.of[k] = numbers[k];
        }
        writePack(all + lane() * COUNT, pack);
    }

    // Adds up what the warps told, for each number of this lane.
    template <int COUNT, int WIDTH>
    static SEG_MEMBER void addWarps(const Real (&told)[SEG_WARPS][WIDTH], Real (&all)[COUNT]) {
#pragma unroll
        for (int w = 0; w < SEG_WARPS; w++) {
            Pack<Real, COUNT> ofWarp = ofLane<COUNT>(told[w]);
#pragma unroll
            for (int k = 0; k < COUNT; k++) {
                all[k] = w == 0 ? ofWarp.of[k] : all[k] + ofWarp.of[k];
            }
        }
    }

    // Finds the largest of what the warps told, for each pixel of this lane.
    template <int WIDTH>
    static SEG_MEMBER void largestOfWarps(const Real (&told)[SEG_WARPS][WIDTH], Real (&max)[SEG_VECTOR]) {
#pragma unroll
        for (int w = 0; w < SEG_WARPS; w++) {
            Pack<Real, SEG_VECTOR> maxima = ofLane(told[w]);
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                max[v] = w == 0 ? maxima.of[v] : larger(max[v], maxima.of[v]);
            }
        }
    }
};

// The slice of this warp, for the group of this lane.
struct ChannelSlice {
    Group group;
    Real p[SEG_SLICE][SEG_VECTOR];  // predictions; with a softmax, later exponentials

    static SEG_MEMBER int channel(int i) { return warp() * SEG_SLICE + i; }

    // Whether there is such a channel. Only the last warps may lack some.
    static SEG_MEMBER bool exists(int i) {
        return (SEG_WARPS - 1) * SEG_SLICE + i < SEG_CLASSES || channel(i) < SEG_CLASSES;
    }

    // Reads the predictions of the slice. Those of channels that do not exist are -infinity.
    SEG_MEMBER void readSlice(const Inputs& in, const Real* row) {
        const Tensor& t = in.predictions;
        i64 stride = SEG_LAYOUT == SEG_CHANNELS_LAST ? 1 : t.channelStride;
        i64 first = group.n * t.exampleStride + channel(0) * stride
                + group.first * (SEG_LAYOUT == SEG_CHANNELS_FIRST ? 1 : t.pixelStride);
        const unsigned char* at = (const unsigned char*) t.address + first * SEG_ELEMENT_BYTES;
        i64 step = kept(stride * SEG_ELEMENT_BYTES);
#pragma unroll
        for (int i = 0; i < SEG_SLICE; i++) {
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                p[i][v] = floatOfBits(0xff800000u);
            }
        }
        readSlice(at, step, row);
    }

    // Reads those that exist from `at` on, where channels are `step` bytes apart.
    SEG_MEMBER void readSlice(const unsigned char* at, i64 step, const Real* row) {
        if (SEG_VECTOR > 1 && group.isWhole()) {
#pragma unroll
            for (int i = 0; i < SEG_SLICE; i++) {
                if (exists(i)) {
                    readReals(at, 0, p[i]);
                }
                at += step;
            }
            return;
        }
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            const unsigned char* here = at;
            if (group.has(v)) {
#pragma unroll
                for (int i = 0; i < SEG_SLICE; i++) {
                    if (exists(i)) {
                        p[i][v] = SEG_STAGED ? row[channel(i)] : readReal(here, SEG_ELEMENT, v);
                    }
                    here += step;
                }
            }
        }
    }

    // The largest predictions of the slice.
    SEG_MEMBER void findMaxima(Real (&max)[SEG_VECTOR]) const {
#pragma unroll
        for (int v = 0; v < SEG_VECTOR; v++) {
            max[v] = p[0][v];
#pragma unroll
            for (int i = 1; i < SEG_SLICE; i++) {
                max[v] = larger(max[v], p[i][v]);
            }
        }
    }
};

}  // namespace seg
#endif
