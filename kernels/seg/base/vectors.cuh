#pragma once
// Reads and writes several contiguous elements by one instruction. The address must be a multiple of their size taken
// together.
#include "seg/base/elements.cuh"

// Tests that run kernels on the host define this macro to find misaligned addresses, which a device refuses.
#ifndef SEG_REQUIRE_ALIGNED
#define SEG_REQUIRE_ALIGNED(address, bytes)
#endif

namespace seg {

#define SEG_ELEMENT_BYTES (SEG_ELEMENT == SEG_DOUBLE ? 8 : SEG_IS_NARROW ? 2 : 4)

template <typename T, int COUNT>
struct alignas(sizeof(T) * COUNT) Pack {
    T of[COUNT];
};

template <typename T, int COUNT>
SEG_DEVICE bool isAligned(const void* address) {
    return ((u64) address & (sizeof(T) * COUNT - 1)) == 0;
}

template <typename T, int COUNT>
SEG_DEVICE Pack<T, COUNT> readPack(const void* address) {
    SEG_REQUIRE_ALIGNED(address, sizeof(T) * COUNT);
    return *(const Pack<T, COUNT>*) address;
}

template <typename T, int COUNT>
SEG_DEVICE void writePack(void* address, const Pack<T, COUNT>& pack) {
    SEG_REQUIRE_ALIGNED(address, sizeof(T) * COUNT);
    *(Pack<T, COUNT>*) address = pack;
}

// The same for global memory alone. The compilers split the store of a struct into one store for each member, which
// touches each sector several times, so the wide instruction stands here.
#ifdef __CUDACC__
#define SEG_WIDE_STORES(TYPE, NAME, LETTER)                                                                    \
    SEG_DEVICE void storePack(TYPE* at, const Pack<TYPE, 2>& pack) {                                           \
        asm volatile("st.global.v2." NAME " [%0], {%1, %2};"                                                   \
                     :                                                                                         \
                     : "l"(at), LETTER(pack.of[0]), LETTER(pack.of[1])                                         \
                     : "memory");                                                                              \
    }                                                                                                          \
    SEG_DEVICE void storePack(TYPE* at, const Pack<TYPE, 4>& pack) {                                           \
        asm volatile("st.global.v4." NAME " [%0], {%1, %2, %3, %4};"                                           \
                     :                                                                                         \
                     : "l"(at), LETTER(pack.of[0]), LETTER(pack.of[1]), LETTER(pack.of[2]), LETTER(pack.of[3]) \
                     : "memory");                                                                              \
    }
SEG_WIDE_STORES(float, "f32", "f")
SEG_WIDE_STORES(unsigned, "b32", "r")
SEG_DEVICE void storePack(double* at, const Pack<double, 2>& pack) {
    asm volatile("st.global.v2.f64 [%0], {%1, %2};" : : "l"(at), "d"(pack.of[0]), "d"(pack.of[1]) : "memory");
}
SEG_DEVICE void storePack(unsigned* at, const Pack<unsigned, 1>& pack) { *at = pack.of[0]; }
#else
template <typename T, int COUNT>
SEG_DEVICE void storePack(T* at, const Pack<T, COUNT>& pack) {
    writePack(at, pack);
}
#endif

// Reads COUNT contiguous elements of type T. If they are aligned, one instruction loads them all.
template <typename T, int COUNT, typename R>
SEG_DEVICE void readSome(const void* address, i64 at, R (&out)[COUNT]) {
    const T* from = (const T*) address + at;
    if (isAligned<T, COUNT>(from)) {
        Pack<T, COUNT> pack = readPack<T, COUNT>(from);
#pragma unroll
        for (int k = 0; k < COUNT; k++) {
            out[k] = pack.of[k];
        }
    } else {
#pragma unroll
        for (int k = 0; k < COUNT; k++) {
            out[k] = from[k];
        }
    }
}

// Reads COUNT aligned elements of type SEG_ELEMENT, converted to Real.
template <int COUNT>
SEG_DEVICE void readReals(const void* address, i64 at, Real (&out)[COUNT]) {
#if SEG_IS_NARROW
    Pack<unsigned short, COUNT> pack = readPack<unsigned short, COUNT>((const unsigned short*) address + at);
#pragma unroll
    for (int k = 0; k < COUNT; k++) {
        out[k] = SEG_ELEMENT == SEG_HALF ? floatOfHalf(pack.of[k]) : floatOfBfloat(pack.of[k]);
    }
#else
    Pack<Real, COUNT> pack = readPack<Real, COUNT>((const Real*) address + at);
#pragma unroll
    for (int k = 0; k < COUNT; k++) {
        out[k] = pack.of[k];
    }
#endif
}

// Writes COUNT aligned elements of type SEG_ELEMENT to global memory, in at most 16 bytes. COUNT is even.
template <int COUNT>
SEG_DEVICE void writeReals(void* address, i64 at, const Real (&values)[COUNT]) {
#if SEG_IS_NARROW
    Pack<unsigned, COUNT / 2> pack;
#pragma unroll
    for (int k = 0; k < COUNT / 2; k++) {
        pack.of[k] = SEG_ELEMENT == SEG_HALF ? halvesOfFloats(values[2 * k], values[2 * k + 1])
                                             : bfloatsOfFloats(values[2 * k], values[2 * k + 1]);
    }
    storePack((unsigned*) ((unsigned short*) address + at), pack);
#else
    Pack<Real, COUNT> pack;
#pragma unroll
    for (int k = 0; k < COUNT; k++) {
        pack.of[k] = values[k];
    }
    storePack((Real*) address + at, pack);
#endif
}

}  // namespace seg
