// One more digit, from the most significant one on, of the number that stands at a place if all are sorted. It counts
// the digits, and the last block finds the one.
//
// Arguments. The caller owns all memory, and it lies on the device; seg/base/arguments.cuh has the structs:
//   ranked, masses [places] float, or double if SEG_ELEMENT is DOUBLE: read.
//   counts         [SELECT_DIGITS] unsigned 64-bit, zero: counted.
//   ticket         unsigned 64-bit, zero: counted.
//   selection      read, unless it is the first digit, and written.
//
// Paper: Alabi et al. 2012, Fast k-selection algorithms for graphics processing units.
//
// Deterministic: yes. All atomics are on integers.
#include "seg/rank/hardest.cuh"

extern "C" __global__ void __launch_bounds__(SEG_MAX_THREADS, 1) SEG_SYMBOL(const seg::HardestArguments args) {
    seg::selectDigit(args);
}
