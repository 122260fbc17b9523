#pragma once
// Ranks the places of rows by their errors, from the largest to the least: a stable sort by digits, beginning with the
// least significant one. A block takes a tile of consecutive places of a row, and a warp a run of consecutive ones in
// it, 32 at a time, so that places with equal errors keep their order. Numbers move together with their places.
#include "seg/base/arguments.cuh"
#include "seg/rank/block.cuh"
#include "seg/rank/order.cuh"

namespace seg {

enum {
    RANK_THREADS = 256,
    RANK_WARPS = RANK_THREADS / 32,
    RANK_ROUNDS = 16,
    RANK_RUN = 32 * RANK_ROUNDS,
    RANK_TILE = RANK_WARPS * RANK_RUN,
    RANK_BITS = 8,
    RANK_DIGITS = 1 << RANK_BITS
};

// The tile of a block.
struct RankTile {
    i64 row;
    i64 tile;

    SEG_MEMBER explicit RankTile(const RankArguments& args) {
        row = blockIdx.x / args.blocks;
        tile = blockIdx.x - row * args.blocks;
    }

    // Where the rows of the numbers begin.
    SEG_MEMBER i64 start(const RankArguments& args) const { return row * args.places; }

    // The place in its row that this thread takes in a round.
    SEG_MEMBER i64 place(int round) const { return tile * RANK_TILE + warp() * RANK_RUN + round * 32 + lane(); }

    // The counters of the tile.
    SEG_MEMBER unsigned* counts(const RankArguments& args) const {
        return args.counts + (row * args.blocks + tile) * RANK_DIGITS;
    }
};

// The error of a number. NaN stays NaN. Where each place has the mass 1, the sign only says which.
SEG_DEVICE Real magnitude(const RankArguments& args, Real number) {
    return !args.hinge || args.truth == nullptr ? absolute(number) : number <= 0 ? 0 : number;
}

// The digit by which a number is sorted. It falls where the error grows.
SEG_DEVICE int digitOf(const RankArguments& args, Real number) {
    u64 bits = ~orderedBits(magnitude(args, number));
    return (int) (bits >> args.shift & (RANK_DIGITS - 1));
}

// Counts the digits of a tile. The last block of a row makes of them where each tile's numbers of a digit go.
SEG_DEVICE void countDigits(const RankArguments& args) {
    RankTile at(args);
    unsigned* counters = (unsigned*) segShared;
    counters[threadIdx.x] = 0;
    __syncthreads();
    const Real* numbers = args.numbers + at.start(args);
#pragma unroll 4
    for (int j = 0; j < RANK_ROUNDS; j++) {
        i64 k = at.place(j);
        if (k < args.places) {
            atomicAdd(&counters[digitOf(args, numbers[k])], 1u);
        }
    }
    __syncthreads();
    at.counts(args)[threadIdx.x] = counters[threadIdx.x];
    __syncthreads();
    if (!isLastOf(args.tickets + at.row, args.blocks)) {
        return;
    }
    unsigned* all = args.counts + at.row * args.blocks * RANK_DIGITS + threadIdx.x;
    i64 own = 0;
    for (i64 t = 0; t < args.blocks; t++) {
        own += all[t * RANK_DIGITS];
    }
    i64 whole;
    unsigned next = (unsigned) sumBefore(own, whole);
    for (i64 t = 0; t < args.blocks; t++) {
        unsigned count = all[t * RANK_DIGITS];
        all[t * RANK_DIGITS] = next;
        next += count;
    }
    if (threadIdx.x == 0) {
        args.tickets[at.row] = 0;
    }
}

// Which lanes of the warp have the same number.
SEG_DEVICE unsigned lanesWith(int number) { return __match_any_sync(0xffffffffu, number); }

// Moves the numbers of a tile, with their places, to where their digits belong. Shared memory has a counter for each
// warp and digit: how many it has before, then where those go.
SEG_DEVICE void scatter(const RankArguments& args) {
    RankTile at(args);
    unsigned* counters = (unsigned*) segShared;
    unsigned* own = counters + warp() * RANK_DIGITS;
    for (int d = lane(); d < RANK_DIGITS; d += 32) {
        own[d] = 0;
    }
    __syncwarp();
    i64 start = at.start(args);
    const Real* from = args.numbers + start;
    Real numbers[RANK_ROUNDS];
    unsigned ranks[RANK_ROUNDS];
    unsigned before = (1u << lane()) - 1;
#pragma unroll
    for (int j = 0; j < RANK_ROUNDS; j++) {
        i64 k = at.place(j);
        numbers[j] = k < args.places ? from[k] : 0;
    }
#pragma unroll
    for (int j = 0; j < RANK_ROUNDS; j++) {
        bool is = at.place(j) < args.places;
        int digit = digitOf(args, numbers[j]);
        unsigned same = lanesWith(is ? digit : RANK_DIGITS);
        unsigned first = is ? own[digit] : 0;
        __syncwarp();
        if (is && (same & before) == 0) {
            own[digit] = first + countOfBits(same);
        }
        __syncwarp();
        ranks[j] = first + countOfBits(same & before);
    }
    __syncthreads();
    unsigned next = at.counts(args)[threadIdx.x];
    for (int w = 0; w < RANK_WARPS; w++) {
        unsigned count = counters[w * RANK_DIGITS + threadIdx.x];
        counters[w * RANK_DIGITS + threadIdx.x] = next;
        next += count;
    }
    __syncthreads();
#pragma unroll
    for (int j = 0; j < RANK_ROUNDS; j++) {
        i64 k = at.place(j);
        if (k < args.places) {
            i64 to = start + own[digitOf(args, numbers[j])] + ranks[j];
            args.numbersThen[to] = numbers[j];
            args.to[to] = args.from == nullptr ? (unsigned) k : args.from[start + k];
        }
    }
}

}  // namespace seg
