#pragma once
// What all kernels share: names for the compile-time choices, the type of the arithmetic, the sum over a warp.
//
// No system header is included, because NVRTC, nvcc and the host compiler of the tests all compile this text. Java puts
// the headers into one text, each of them once, so an #include must not depend on an #if. Each folder has one idea. The
// folders base, count, pixel, loss, sums and final build on one another in this order, grad builds on loss, terms on
// final and grad, rank on pixel.

// Ordinals of org.segloss4j.internal.backend.Activation and ElementType, and of Layout, LabelKind, Sums and Terms in
// org.segloss4j.internal.cuda.plan.KernelVariant.
#define SEG_IDENTITY 0
#define SEG_SIGMOID 1
#define SEG_SOFTMAX 2
#define SEG_CHANNELS_FIRST 0
#define SEG_CHANNELS_LAST 1
#define SEG_ROWS 3
#define SEG_INDEX_UINT8 0
#define SEG_INDEX_INT32 1
#define SEG_INDEX_INT64 2
#define SEG_INDEX_ANY 3
#define SEG_DENSE_FLOAT 4
#define SEG_DENSE_ANY 5
#define SEG_DOUBLE 1
#define SEG_HALF 2
#define SEG_NO_SUMS 0
#define SEG_REGISTERS 1
#define SEG_BINS 2
#define SEG_SLICES 3
#define SEG_CHANNELS 4
#define SEG_TILES 5
#define SEG_NO_TERMS 0
#define SEG_OWN_TERMS 1
#define SEG_EACH_TERMS 2
#define SEG_ANY_TERMS 3
// Ordinals of KernelVariant.Extent. Plain kernels say nothing about it.
#define SEG_PLAIN 0
#define SEG_EXACT 1
#define SEG_GENERAL 2
#ifndef SEG_EXTENT
#define SEG_EXTENT SEG_PLAIN
#endif
// Ordinals of KernelVariant.Counted: which hard predictions a sweep counts, too. Others say nothing about it.
#define SEG_CLASS_PAIRS 1
#define SEG_LABEL_OUTCOMES 2
#ifndef SEG_COUNTS
#define SEG_COUNTS 0
#endif
// Members of KernelVariant.Further: whether a kernel with unrolled loops has sums of squares and of distances, and how
// many over pairs of classes. Kernels for any number of classes look at run time.
#ifndef SEG_SQUARES
#define SEG_SQUARES 0
#endif
#ifndef SEG_DISTANCES
#define SEG_DISTANCES 0
#endif
#ifndef SEG_PAIRS
#define SEG_PAIRS 0
#endif

// Whether dense labels are a field: any finite numbers, such as distances. Other kernels say nothing about it.
#ifndef SEG_FIELD
#define SEG_FIELD 0
#endif

// Whether each output has a weight of its own, where no channel depends on another: a dense label that is ignored makes
// its output void alone, that of one class all of its pixel, or a mask has weights of outputs. Other kernels say
// nothing about it.
#ifndef SEG_OWN_WEIGHTS
#define SEG_OWN_WEIGHTS 0
#endif

// Whether labels are class indices, of which a kernel for dense labels makes these: 1 for the class of a pixel and 0
// for all others. Other kernels say nothing about it.
#ifndef SEG_SPREAD
#define SEG_SPREAD 0
#endif

#define SEG_DEVICE static __device__ __forceinline__
#define SEG_MEMBER __device__ __forceinline__
#define SEG_IS_DENSE (SEG_LABELS >= SEG_DENSE_FLOAT)
// Whether memory has a label of each channel.
#define SEG_READS_TRUTHS (SEG_IS_DENSE && !SEG_SPREAD)
// Whether a thread has the dense labels of all channels of a pixel.
#define SEG_HOLDS_LABELS (SEG_IS_DENSE && SEG_CLASSES > 0 && SEG_SUMS != SEG_CHANNELS)
#define SEG_IS_NARROW (SEG_ELEMENT >= SEG_HALF)
// Every kernel has the launch bounds (SEG_MAX_THREADS, resident blocks of a multiprocessor). The second number is 1
// unless more blocks are known to fit, so that the assembler does not spill registers to make room for more.
#define SEG_MAX_THREADS 256
// Where the warps of a block share the channels of pixels: the channels of each, and with padding, for numbers of which
// four are read at a time.
#define SEG_WARPS (SEG_MAX_THREADS / 32)
#define SEG_SLICE ((SEG_CLASSES + SEG_WARPS - 1) / SEG_WARPS)
#define SEG_PADDED_SLICE ((SEG_SLICE + 3) / 4 * 4)
// Whether every loss that a backward kernel can get depends on the sums and on the probability of the true class alone,
// and whether it is also one of a softmax with index labels.
#define SEG_IS_QUICK \
    (SEG_CLASSES > 0 && (SEG_TERMS != SEG_ANY_TERMS || SEG_HAS_SHARED_TRUTHS) && SEG_SUMS != SEG_SLICES)
#define SEG_IS_INDEXED_SOFTMAX (SEG_IS_QUICK && SEG_ACTIVATION == SEG_SOFTMAX && !SEG_IS_DENSE)
// Whether losses may have more than the sums of every loss, Keras' clipped curves and means of scores.
#define SEG_IS_WIDE (SEG_EXTENT != SEG_PLAIN)
// Whether a kernel that takes one channel after the other has exact pixel terms.
#define SEG_HAS_OUTPUT_TERMS (SEG_EXTENT == SEG_EXACT && SEG_SUMS == SEG_CHANNELS && SEG_TERMS != SEG_NO_TERMS)
// Whether these are Keras' clipped curves of both sides instead.
#define SEG_HAS_CLIPPED_OUTPUTS (SEG_HAS_OUTPUT_TERMS && SEG_TERMS == SEG_ANY_TERMS)
// Whether warps share the channels of pixels that have a true class, and whether they compute exact curves of it; or
// those of pixels with dense labels.
#define SEG_HAS_INDEX_SLICES (SEG_SUMS == SEG_SLICES && !SEG_IS_DENSE)
#define SEG_HAS_DENSE_SLICES (SEG_SUMS == SEG_SLICES && SEG_IS_DENSE)
#define SEG_HAS_EXACT_SLICES (SEG_EXTENT == SEG_EXACT && SEG_HAS_INDEX_SLICES && SEG_TERMS != SEG_NO_TERMS)
// Whether the slope of the scores by a probability is another one for each pixel.
#define SEG_HAS_OWN_SLOPES (SEG_SQUARES || SEG_DISTANCES || SEG_PAIRS)
// Whether pixel losses are curves of the probabilities of a softmax, of truths that several classes may share.
#define SEG_HAS_SHARED_TRUTHS \
    (SEG_EXTENT == SEG_EXACT && SEG_TERMS != SEG_NO_TERMS && SEG_IS_DENSE && SEG_ACTIVATION == SEG_SOFTMAX)
// Whether pixels with one-hot labels are taken on their own. Fewer classes are done as soon in any case. With more, in
// double and with two resident blocks, the assembler spills registers. Squares and distances take the loop of all, and
// so do class indices, which have kernels of their own unless all classes are asked.
#define SEG_HAS_ONE_HOT                                                                                              \
    (SEG_HAS_SHARED_TRUTHS && SEG_CLASSES > 8 && SEG_CLASSES <= 24 && SEG_ELEMENT != SEG_DOUBLE && SEG_RESIDENT == 1 \
     && !SEG_HAS_OWN_SLOPES && !SEG_SPREAD)
// Whether the warps of a block share the channels of pixels for them.
#define SEG_HAS_SLICED_TRUTHS (SEG_HAS_SHARED_TRUTHS && SEG_HAS_DENSE_SLICES)
// Whether one-hot labels are told from others.
#define SEG_FINDS_ONE_HOT (SEG_HAS_ONE_HOT || SEG_HAS_SLICED_TRUTHS)
// Whether they are those of index labels, of which smoothing gives each class a part, and whether the warps of a block
// share the channels of pixels for them.
#define SEG_HAS_SMOOTHED_LABELS                                                                                 \
    (SEG_EXTENT == SEG_EXACT && SEG_TERMS == SEG_EACH_TERMS && SEG_CLASSES > 0 && SEG_ACTIVATION == SEG_SOFTMAX \
     && !SEG_IS_DENSE)
#define SEG_HAS_SMOOTHED_SLICES (SEG_HAS_SMOOTHED_LABELS && SEG_SUMS == SEG_SLICES)
// Whether they are curves of the classes of a pixel where predictions are probabilities, which a term may divide by
// their sum, with index labels or with dense ones.
#define SEG_HAS_GIVEN_SHARES                                                                                  \
    (SEG_EXTENT == SEG_EXACT && SEG_TERMS == SEG_EACH_TERMS && SEG_IS_QUICK && SEG_ACTIVATION == SEG_IDENTITY \
     && SEG_SUMS != SEG_CHANNELS)
#define SEG_HAS_GIVEN_LABELS (SEG_HAS_GIVEN_SHARES && !SEG_IS_DENSE)
#define SEG_HAS_GIVEN_TRUTHS (SEG_HAS_GIVEN_SHARES && SEG_IS_DENSE)
// Whether a group of pixels looks whether its labels are one-hot.
#define SEG_HAS_ONE_HOT_LABELS (SEG_HAS_ONE_HOT || SEG_HAS_GIVEN_TRUTHS)
// Whether the gradient takes groups of pixels with index labels.
#define SEG_TAKES_INDEXED_GROUPS (SEG_IS_INDEXED_SOFTMAX || SEG_HAS_GIVEN_LABELS)
// Whether the channels of a pixel, which are contiguous, reach its threads through shared memory. Their number must be
// known.
#define SEG_STAGED (SEG_CLASSES > 0 && SEG_LAYOUT == SEG_CHANNELS_LAST)
// Whether labels may do so, too. Beside doubles there are no registers for that, nor beside slopes of any curves of
// many classes.
#define SEG_STAGES_TRUTHS                                                     \
    (SEG_STAGED && SEG_LABELS == SEG_DENSE_FLOAT && SEG_ELEMENT != SEG_DOUBLE \
     && !(SEG_CLASSES > 24 && SEG_TERMS == SEG_ANY_TERMS && SEG_SUMS == SEG_NO_SUMS))

// All shared memory of a block. Each kernel divides it as it needs, and SharedMemory.java computes its size.
alignas(16) extern __shared__ double segShared[];

namespace seg {

typedef long long i64;
typedef unsigned long long u64;

// The type of the arithmetic: double for predictions of type DOUBLE, float for all others.
#if SEG_ELEMENT == SEG_DOUBLE
typedef double Real;
#else
typedef float Real;
#endif

SEG_DEVICE float exponential(float x) { return expf(x); }
SEG_DEVICE double exponential(double x) { return exp(x); }
SEG_DEVICE float logarithm(float x) { return logf(x); }
SEG_DEVICE double logarithm(double x) { return log(x); }
SEG_DEVICE float logarithmOfOnePlus(float x) { return log1pf(x); }
SEG_DEVICE double logarithmOfOnePlus(double x) { return log1p(x); }
SEG_DEVICE float exponentialMinusOne(float x) { return expm1f(x); }
SEG_DEVICE double exponentialMinusOne(double x) { return expm1(x); }

// The maximum. If one of both is NaN, the other one.
SEG_DEVICE float larger(float a, float b) { return fmaxf(a, b); }
SEG_DEVICE double larger(double a, double b) { return fmax(a, b); }

// The minimum. If one of both is NaN, the other one.
SEG_DEVICE float smallest(float a, float b) { return fminf(a, b); }
SEG_DEVICE double smallest(double a, double b) { return fmin(a, b); }

template <typename T>
SEG_DEVICE T smaller(T a, T b) {
    return a < b ? a : b;
}

SEG_DEVICE float absolute(float x) { return fabsf(x); }
SEG_DEVICE double absolute(double x) { return fabs(x); }

// The same number, but the compiler does not know how it was computed. So it keeps the number in a register, and does
// not compute it again in each round of a loop.
SEG_DEVICE i64 kept(i64 number) {
#ifdef __CUDACC__
    asm volatile("" : "+l"(number));
#endif
    return number;
}

SEG_DEVICE int kept(int number) {
#ifdef __CUDACC__
    asm volatile("" : "+r"(number));
#endif
    return number;
}

SEG_DEVICE float kept(float number) {
#ifdef __CUDACC__
    asm volatile("" : "+f"(number));
#endif
    return number;
}

SEG_DEVICE double kept(double number) {
#ifdef __CUDACC__
    asm volatile("" : "+d"(number));
#endif
    return number;
}

// All bits that one of three has.
SEG_DEVICE unsigned joinedBits(unsigned bits, float a, float b) {
#ifdef __CUDACC__
    asm("lop3.b32 %0, %0, %1, %2, 0xfe;" : "+r"(bits) : "f"(a), "f"(b));
    return bits;
#else
    return bits | __float_as_uint(a) | __float_as_uint(b);
#endif
}

SEG_DEVICE unsigned joinedBits(unsigned bits, unsigned a, unsigned b) {
#ifdef __CUDACC__
    asm("lop3.b32 %0, %0, %1, %2, 0xfe;" : "+r"(bits) : "r"(a), "r"(b));
    return bits;
#else
    return bits | a | b;
#endif
}

SEG_DEVICE int countOfBits(unsigned bits) {
#ifdef __CUDACC__
    return __popc(bits);
#else
    return __builtin_popcount(bits);
#endif
}

// Marks what is done so seldom that it must stay behind a branch. The compilers would do it always and then choose.
SEG_DEVICE void seldom() {
#ifdef __CUDACC__
    asm volatile("");
#endif
}

// Makes the compiler read memory again instead of keeping what it has read.
SEG_DEVICE void forgetMemory() {
#ifdef __CUDACC__
    asm volatile("" : : : "memory");
#endif
}

SEG_DEVICE int lane() { return (int) (threadIdx.x % 32); }
SEG_DEVICE int warp() { return (int) (threadIdx.x / 32); }
SEG_DEVICE int warps() { return (int) blockDim.x / 32; }

// The sum over the 32 threads of a warp, the same bits in each thread: the butterfly always adds in the same order.
template <typename T>
SEG_DEVICE T warpSum(T value) {
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
        value += __shfl_xor_sync(0xffffffffu, value, distance);
    }
    return value;
}

// Whether a condition holds in any thread of a warp.
SEG_DEVICE bool anyOfWarp(bool condition) { return __any_sync(0xffffffffu, condition) != 0; }

}  // namespace seg
