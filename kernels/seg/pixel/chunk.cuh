#pragma once
// How the elements of a tile of one channel lie in memory. Each thread has SEG_CHUNKS chunks of SEG_VECTOR pixels. A
// distance between pixels is counted in pixels; between elements of them lie SEG_APART elements.
//
// Where pixels of a channel are contiguous, a tile is what a warp takes. A chunk is consecutive pixels, which one load
// brings, and the chunks of lanes lie side by side.
//
// In SEG_ROWS all channels of a pixel lie side by side, and the pixels follow without a gap. There a block takes tiles
// of all its channels together: consecutive threads have consecutive elements, and the next element of a thread is
// SEG_ABREAST pixels further, so that it always is of the same channel. A few threads at the end may have nothing. The
// last tile may have fewer pixels than the others: `count` is how many of a thread's are there, and the first one is
// read in place of each other. Dense labels lie in the same way; class indices, which all channels of a pixel share,
// lie side by side.
#include "seg/base/vectors.cuh"

#if SEG_SUMS == SEG_CHANNELS
namespace seg {

#define SEG_CHUNKS 4
#define SEG_THREAD_PIXELS (SEG_CHUNKS * SEG_VECTOR)
#define SEG_TILE (SEG_ABREAST * SEG_THREAD_PIXELS)

// Whether a chunk of elements with so many bytes can be read by loads of at most 16 bytes. In rows, each element has
// its own.
template <int BYTES>
SEG_DEVICE bool areAligned(const char* address) {
    constexpr int TOGETHER = BYTES * SEG_VECTOR < 16 ? BYTES * SEG_VECTOR : 16;
    return SEG_LAYOUT == SEG_ROWS || ((u64) address & (TOGETHER - 1)) == 0;
}

#define SEG_LABEL_BYTES                                          \
    (SEG_LABELS == SEG_INDEX_UINT8           ? 1                 \
             : SEG_LABELS == SEG_INDEX_INT64 ? 8                 \
             : SEG_LABELS == SEG_DENSE_ANY   ? SEG_ELEMENT_BYTES \
                                             : 4)

#if SEG_LAYOUT == SEG_ROWS
#define SEG_ABREAST (SEG_MAX_THREADS / SEG_CLASSES)
#define SEG_APART SEG_CLASSES
#define SEG_LABELS_APART (SEG_IS_DENSE ? SEG_CLASSES : 1)
// Which of the pixels abreast is that of a thread.
#define SEG_PLACE_ABREAST ((int) threadIdx.x / SEG_CLASSES)
// How many channels a thread takes one after the other, and the one with number k, from the end if `reverse`.
#define SEG_THREAD_CHANNELS 1
#define SEG_THREAD_CHANNEL(k, reverse) ((int) threadIdx.x % SEG_CLASSES)
// Whether weights of outputs may lie as outputs do, beside one pixel next to another.
#define SEG_HAS_WEIGHT_ROWS SEG_OWN_WEIGHTS
// Whether something holds in all threads of a warp, which may have several channels.
#define SEG_IN_ALL(holds) (!anyOfWarp(!(holds)))

// Where a pixel of a thread is in the tile, apart from where the thread's first pixel is.
SEG_DEVICE int placeInTile(int k) { return k * SEG_ABREAST; }

// Where a thread's first pixel is in the tile.
SEG_DEVICE int placeOfThread() { return SEG_PLACE_ABREAST; }

// Whether a thread has no pixels.
SEG_DEVICE bool isIdle() { return SEG_MAX_THREADS % SEG_CLASSES != 0 && SEG_PLACE_ABREAST == SEG_ABREAST; }

// Which of the tiles that are taken at a time is that of this thread, and how many these are.
SEG_DEVICE int ownTile() { return 0; }
SEG_DEVICE int tilesAtOnce() { return 1; }

// Which pixel is read as that of a number.
SEG_DEVICE int thatIsThere(int number, int count) { return number < count ? number : 0; }

// Reads chunk k of elements of type SEG_ELEMENT.
SEG_DEVICE void readChunk(const char* from, int k, int count, Real (&out)[SEG_VECTOR]) {
#pragma unroll
    for (int j = 0; j < SEG_VECTOR; j++) {
        out[j] = readReal(from, SEG_ELEMENT, placeInTile(thatIsThere(k * SEG_VECTOR + j, count)) * SEG_APART);
    }
}

// Reads chunk k of floats that lie so many elements apart: those of labels or, with 1, of pixels.
template <int APART>
SEG_DEVICE Pack<float, SEG_VECTOR> readFloats(const char* from, int k, int count) {
    Pack<float, SEG_VECTOR> some;
#pragma unroll
    for (int j = 0; j < SEG_VECTOR; j++) {
        some.of[j] = ((const float*) from)[placeInTile(thatIsThere(k * SEG_VECTOR + j, count)) * APART];
    }
    return some;
}

// Reads class indices of type T, from that of the pixel with a number on.
template <typename T, int COUNT>
SEG_DEVICE Pack<T, COUNT> readIndexes(const char* from, int number, int count) {
    Pack<T, COUNT> some;
#pragma unroll
    for (int i = 0; i < COUNT; i++) {
        some.of[i] = ((const T*) from)[placeInTile(thatIsThere(number + i, count))];
    }
    return some;
}

// Reads chunk k of class indices of a byte each, one in each byte of a word.
SEG_DEVICE unsigned readBytes(const char* from, int k, int count) {
    Pack<unsigned char, SEG_VECTOR> some = readIndexes<unsigned char, SEG_VECTOR>(from, k * SEG_VECTOR, count);
#ifdef __CUDACC__
    if constexpr (SEG_VECTOR == 4) {
        unsigned word;
        asm("{.reg .b32 a, b;\nprmt.b32 a, %1, %2, 0x0040;\nprmt.b32 b, %3, %4, 0x0040;\nprmt.b32 %0, a, b, 0x5410;}"
            : "=r"(word)
            : "r"((unsigned) some.of[0]), "r"((unsigned) some.of[1]), "r"((unsigned) some.of[2]),
              "r"((unsigned) some.of[3]));
        return word;
    }
#endif
    unsigned word = 0;
#pragma unroll
    for (int j = 0; j < SEG_VECTOR; j++) {
        word |= (unsigned) some.of[j] << 8 * j;
    }
    return word;
}

// Writes chunk k of elements of type SEG_ELEMENT.
SEG_DEVICE void writeChunk(void* to, int k, int count, const Real (&values)[SEG_VECTOR]) {
#pragma unroll
    for (int j = 0; j < SEG_VECTOR; j++) {
        if (k * SEG_VECTOR + j < count) {
            writeReal(to, SEG_ELEMENT, placeInTile(k * SEG_VECTOR + j) * SEG_APART, values[j]);
        }
    }
}
#else
#define SEG_ABREAST 32
#define SEG_APART 1
#define SEG_LABELS_APART 1
#define SEG_PLACE_ABREAST lane()
#define SEG_THREAD_CHANNELS SEG_CLASSES
#define SEG_THREAD_CHANNEL(k, reverse) ((reverse) ? SEG_CLASSES - 1 - (k) : (k))
#define SEG_HAS_WEIGHT_ROWS 0
#define SEG_IN_ALL(holds) (holds)

SEG_DEVICE int placeInTile(int k) { return k / SEG_VECTOR * 32 * SEG_VECTOR + k % SEG_VECTOR; }

SEG_DEVICE int placeOfThread() { return lane() * SEG_VECTOR; }

SEG_DEVICE bool isIdle() { return false; }

SEG_DEVICE int ownTile() { return warp(); }
SEG_DEVICE int tilesAtOnce() { return warps(); }

SEG_DEVICE int thatIsThere(int number, int) { return number; }

SEG_DEVICE void readChunk(const char* from, int k, int, Real (&out)[SEG_VECTOR]) {
    readReals(from, k * 32 * SEG_VECTOR, out);
}

template <int APART>
SEG_DEVICE Pack<float, SEG_VECTOR> readFloats(const char* from, int k, int) {
    return readPack<float, SEG_VECTOR>(from + k * 32 * SEG_VECTOR * 4);
}

template <typename T, int COUNT>
SEG_DEVICE Pack<T, COUNT> readIndexes(const char* from, int number, int) {
    return readPack<T, COUNT>(from + placeInTile(number) * sizeof(T));
}

SEG_DEVICE unsigned readBytes(const char* from, int k, int) {
    const char* chunk = from + k * 32 * SEG_VECTOR;
    return SEG_VECTOR == 4 ? readPack<unsigned, 1>(chunk).of[0] : readPack<unsigned short, 1>(chunk).of[0];
}

SEG_DEVICE void writeChunk(void* to, int k, int, const Real (&values)[SEG_VECTOR]) {
    writeReals(to, k * 32 * SEG_VECTOR, values);
}
#endif

}  // namespace seg
#endif
