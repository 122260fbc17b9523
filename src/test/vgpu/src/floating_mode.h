// How the host rounds, and whether it takes and gives 0 for numbers below the normal ones. Both kinds of processors can
// do what PTX asks for.
#pragma once
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#elif !defined(__aarch64__)
#error "The rounding modes of this processor are not known; add them here."
#endif

namespace vgpu {

enum class Rounding : uint8_t { Nearest, Zero, Down, Up };

/** Of the letter that modifiers have for it: n, z, m or p. */
inline Rounding roundingOf(char letter) {
    return letter == 'z' ? Rounding::Zero : letter == 'm' ? Rounding::Down : letter == 'p' ? Rounding::Up
            : Rounding::Nearest;
}

/** In force as long as it lives. */
class FloatingMode {
public:
    FloatingMode(Rounding rounding, bool flush) : before(get()) {
        set(rounding, flush);
        asm volatile("" : : : "memory");
    }
    ~FloatingMode() {
        asm volatile("" : : : "memory");
        put(before);
    }
    FloatingMode(const FloatingMode&) = delete;

private:
    uint64_t before;

#if defined(__x86_64__)
    static uint64_t get() { return _mm_getcsr(); }
    static void put(uint64_t bits) { _mm_setcsr((unsigned) bits); }
    void set(Rounding rounding, bool flush) const {
        static const unsigned MODES[] = {0, 0x6000, 0x2000, 0x4000};
        put((before & ~0xe040ull) | MODES[(int) rounding] | (flush ? 0x8040 : 0));
    }
#else
    static uint64_t get() {
        uint64_t bits;
        asm volatile("mrs %0, fpcr" : "=r"(bits));
        return bits;
    }
    static void put(uint64_t bits) { asm volatile("msr fpcr, %0" : : "r"(bits)); }
    void set(Rounding rounding, bool flush) const {
        static const uint64_t MODES[] = {0, 3, 2, 1};
        put((before & ~(7ull << 22)) | MODES[(int) rounding] << 22 | (flush ? 1ull << 24 : 0));
    }
#endif
};

}  // namespace vgpu
