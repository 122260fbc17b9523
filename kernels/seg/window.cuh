#pragma once
// Tiles of predictions in shared memory, where each thread has a place for its own group of each: those that were read
// last, for a kernel that will read them again (SEG_KEEPS), or those that will be read next, on their way from memory
// (a ring of SEG_STAGES). A thread touches no place but its own, so no barrier is needed. Tile k has place k % tiles.
#include "seg/async_copy.cuh"
#include "seg/group.cuh"

#ifndef SEG_KEEPS
#define SEG_KEEPS false
#endif
#define SEG_GROUP_BYTES (SEG_VECTOR * SEG_ELEMENT_BYTES)

namespace seg {

#if SEG_KEEPS || SEG_STAGES > 0
#if SEG_IS_NARROW
typedef unsigned short Element;
#else
typedef Real Element;
#endif

struct Window {
    char* own;      // this thread's group of channel 0 in the first place
    int tiles;      // that it holds
    int turn;       // from a tile to the one that is read next: 1 or -1
    i64 step;       // the same in pixels
    int kept;       // from this tile on, to the last one of a part
    bool filled;    // whether these are there from the first sweep

    SEG_MEMBER Window(const Inputs& in, bool reverse)
            : own((char*) segShared + in.window + threadIdx.x * SEG_GROUP_BYTES),
              tiles(SEG_STAGES > 0 ? SEG_STAGES : (int) in.tiles), turn(reverse ? -1 : 1),
              step(turn * (i64) blockDim.x * SEG_VECTOR), kept(0), filled(false) {}

    SEG_MEMBER char* place(int k, int c) const {
        return own + (k % tiles * SEG_CLASSES + c) * (int) blockDim.x * SEG_GROUP_BYTES;
    }

    SEG_MEMBER void keep(int k, const Real (&z)[SEG_VECTOR][SEG_CLASSES]) const {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Real some[SEG_VECTOR];
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                some[v] = z[v][c];
            }
            if constexpr (SEG_VECTOR > 1) {
                writeReals(place(k, c), 0, some);
            } else {
                writeReal(place(k, c), SEG_ELEMENT, 0, some[0]);
            }
        }
    }

    SEG_MEMBER void recall(int k, Real (&z)[SEG_VECTOR][SEG_CLASSES]) const {
#pragma unroll
        for (int c = 0; c < SEG_CLASSES; c++) {
            Real some[SEG_VECTOR];
            readReals(place(k, c), 0, some);
#pragma unroll
            for (int v = 0; v < SEG_VECTOR; v++) {
                z[v][c] = some[v];
            }
        }
    }

    // Asks for the predictions of a group of tile k, if there is one.
    SEG_MEMBER void fetch(const Inputs& in, const Group& group, int k) const {
        const Tensor& t = in.predictions;
        if (k >= 0 && group.first < group.to) {
            const Element* from = (const Element*) t.address + group.n * t.exampleStride + group.first;
#pragma unroll 1
            for (int c = 0; c < SEG_CLASSES; c++, from += t.channelStride) {
                Element* to = (Element*) place(k, c);
                if (group.isWhole()) {
                    copyAsync<SEG_GROUP_BYTES>(to, from);
                } else {
#pragma unroll
                    for (int v = 0; v < SEG_VECTOR; v++) {
                        to[v] = group.has(v) ? from[v] : (Element) 0;
                    }
                }
            }
        }
        closeCopies();
    }

    // Before pixels [from, to) of example n are read, in tiles from pixel `start` on. `isFilled`: the last of these are
    // still there.
    SEG_MEMBER void open(const Inputs& in, i64 n, i64 start, i64 from, i64 to, bool isFilled) {
        i64 size = blockDim.x * SEG_VECTOR;
        int rounds = (int) ((to - start + size - 1) / size);
        filled = isFilled;
        kept = rounds - tiles;
        for (int i = 0; i < SEG_STAGES && !filled; i++) {
            int k = turn < 0 ? rounds - 1 - i : i;
            fetch(in, {n, start + k * size + threadIdx.x * SEG_VECTOR, from, to}, k);
        }
    }

    // The predictions of a group of tile k. Those that have been asked for are there when all but the younger tiles
    // are, and leave their place to another tile.
    SEG_MEMBER void read(const Inputs& in, const Group& group, int k, const Real*,
                         Real (&z)[SEG_VECTOR][SEG_CLASSES]) const {
#if SEG_STAGES > 0
        awaitCopies<SEG_STAGES - 1>();
        recall(k, z);
        fetch(in, {group.n, group.first + SEG_STAGES * step, group.from, group.to}, k + SEG_STAGES * turn);
#else
        group.readChannels(in, nullptr, z);
        if (k >= kept) {
            keep(k, z);
        }
#endif
    }

    // The same in the second sweep.
    SEG_MEMBER void readAgain(const Inputs& in, const Group& group, int k, const Real* row,
                              Real (&z)[SEG_VECTOR][SEG_CLASSES]) const {
        if (SEG_STAGES > 0) {
            read(in, group, k, row, z);
        } else if (filled && k >= kept) {
            recall(k, z);
        } else {
            group.readChannels(in, row, z);
        }
    }
};
#else
// None: predictions are read where they are.
struct Window {
    SEG_MEMBER Window(const Inputs&, bool) {}

    SEG_MEMBER void open(const Inputs&, i64, i64, i64, i64, bool) const {}

#if SEG_CLASSES > 0
    SEG_MEMBER void read(const Inputs& in, const Group& group, int, const Real* row,
                         Real (&z)[SEG_VECTOR][SEG_CLASSES]) const {
        group.readChannels(in, row, z);
    }

    SEG_MEMBER void readAgain(const Inputs& in, const Group& group, int, const Real* row,
                              Real (&z)[SEG_VECTOR][SEG_CLASSES]) const {
        group.readChannels(in, row, z);
    }
#endif
};
#endif

}  // namespace seg
