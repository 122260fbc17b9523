// Numbers of 16 bits as wider ones.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

namespace vgpu {

inline double doubleOfHalf(uint16_t bits) {
    int exponent = bits >> 10 & 31;
    int mantissa = bits & 1023;
    double magnitude = exponent == 31 ? (mantissa ? NAN : INFINITY)
            : exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    return bits >> 15 ? -magnitude : magnitude;
}

inline double doubleOfBfloat(uint16_t bits) {
    uint32_t single = (uint32_t) bits << 16;
    float f;
    std::memcpy(&f, &single, 4);
    return f;
}

}  // namespace vgpu
