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
    // A float has 32 bits.
#if SEG_ELEMENT == SEG_DOUBLE
    u64 bits = ~orderedBits(magnitude(args, number));
#else
    unsigned bits = ~(unsigned) orderedBits(magnitude(args, number));
#endif
    return (int) (bits >> (int) args.shift & (RANK_DIGITS - 1));
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

// The sum over the digits before that of this thread. Shared memory has a number for each warp.
SEG_DEVICE unsigned digitsBefore(unsigned own, unsigned* sums) {
    unsigned upTo = own;
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
        unsigned other = __shfl_up_sync(0xffffffffu, upTo, distance);
        upTo += lane() >= distance ? other : 0;
    }
    if (lane() == 31) {
        sums[warp()] = upTo;
    }
    __syncthreads();
    unsigned before = upTo - own;
    for (int w = 0; w < RANK_WARPS; w++) {
        before += w < warp() ? sums[w] : 0;
    }
    __syncthreads();
    return before;
}

// Which lanes of the warp have the same number.
SEG_DEVICE unsigned lanesWith(int number) { return __match_any_sync(0xffffffffu, number); }

// Moves the numbers of a tile, with their places, to where their digits belong. They are put into order in shared
// memory first, so that neighbours are written together. Shared memory has a counter for each warp and digit: how many
// it has before, then where those stand in the tile; and room for one number or place of the whole tile, in which
// digits are counted before.
SEG_DEVICE void scatter(const RankArguments& args) {
    RankTile at(args);
    unsigned* counters = (unsigned*) segShared;
    unsigned* own = counters + warp() * RANK_DIGITS;
    unsigned* moves = counters + RANK_WARPS * RANK_DIGITS;
    Real* staged = (Real*) (moves + RANK_DIGITS);
    for (int d = lane(); d < RANK_DIGITS; d += 32) {
        own[d] = 0;
    }
    __syncwarp();
    i64 start = at.start(args);
    int count = (int) smaller(args.places - at.tile * RANK_TILE, (i64) RANK_TILE);
    const Real* from = args.numbers + start + at.tile * RANK_TILE;
    int first = warp() * RANK_RUN + lane();
    Real numbers[RANK_ROUNDS];
    int ranks[RANK_ROUNDS];
    unsigned before = (1u << lane()) - 1;
#pragma unroll
    for (int j = 0; j < RANK_ROUNDS; j++) {
        numbers[j] = first + j * 32 < count ? from[first + j * 32] : 0;
    }
#pragma unroll
    for (int j = 0; j < RANK_ROUNDS; j++) {
        bool is = first + j * 32 < count;
        int digit = digitOf(args, numbers[j]);
        unsigned same = lanesWith(is ? digit : RANK_DIGITS);
        unsigned next = own[digit];
        __syncwarp();
        if (is && (same & before) == 0) {
            own[digit] = next + countOfBits(same);
        }
        __syncwarp();
        ranks[j] = (int) next + countOfBits(same & before);
    }
    __syncthreads();
    // A thread for each digit.
    unsigned all = 0;
    for (int w = 0; w < RANK_WARPS; w++) {
        unsigned some = counters[w * RANK_DIGITS + threadIdx.x];
        counters[w * RANK_DIGITS + threadIdx.x] = all;
        all += some;
    }
    unsigned startOfDigit = digitsBefore(all, (unsigned*) staged);
    for (int w = 0; w < RANK_WARPS; w++) {
        counters[w * RANK_DIGITS + threadIdx.x] += startOfDigit;
    }
    // From the place in the tile to that in the row.
    moves[threadIdx.x] = at.counts(args)[threadIdx.x] - startOfDigit;
    __syncthreads();
#pragma unroll
    for (int j = 0; j < RANK_ROUNDS; j++) {
        if (first + j * 32 < count) {
            ranks[j] += (int) own[digitOf(args, numbers[j])];
            staged[ranks[j]] = numbers[j];
        }
    }
    __syncthreads();
    unsigned to[RANK_ROUNDS];
#pragma unroll
    for (int j = 0; j < RANK_ROUNDS; j++) {
        int k = (int) threadIdx.x + j * RANK_THREADS;
        if (k < count) {
            Real number = staged[k];
            to[j] = moves[digitOf(args, number)] + (unsigned) k;
            args.numbersThen[start + to[j]] = number;
        }
    }
    __syncthreads();
    unsigned* places = (unsigned*) staged;
    const unsigned* given = args.from + start + at.tile * RANK_TILE;
#pragma unroll
    for (int j = 0; j < RANK_ROUNDS; j++) {
        int k = first + j * 32;
        if (k < count) {
            places[ranks[j]] = args.from == nullptr ? (unsigned) (at.tile * RANK_TILE + k) : given[k];
        }
    }
    __syncthreads();
#pragma unroll
    for (int j = 0; j < RANK_ROUNDS; j++) {
        int k = (int) threadIdx.x + j * RANK_THREADS;
        if (k < count) {
            args.to[start + to[j]] = places[k];
        }
    }
}

}  // namespace seg
