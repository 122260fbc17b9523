#pragma once
// Bits of numbers that are in the order of these.
#include "seg/base/elements.cuh"

namespace seg {

// Bits that grow with a number that is not below 0; those of NaN are the largest.
SEG_DEVICE u64 orderedBits(float number) { return __float_as_uint(number); }
SEG_DEVICE u64 orderedBits(double number) { return (u64) __double_as_longlong(number); }

}  // namespace seg
