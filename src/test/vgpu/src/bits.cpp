// Bits: shifts, counts, fields, bytes, and functions of three words.
#include <type_traits>

#include "builder.h"
#include "lanes.h"

namespace vgpu {

namespace {

template <typename T>
using Unsigned = std::make_unsigned_t<T>;

struct And {
    template <typename T> static T of(T a, T b) { return (T) (a & b); }
};
struct Or {
    template <typename T> static T of(T a, T b) { return (T) (a | b); }
};
struct Xor {
    template <typename T> static T of(T a, T b) { return (T) (a ^ b); }
};
struct Not {
    template <typename T> static T of(T a) { return (T) ~a; }
};
struct Reverse {
    template <typename T> static T of(T a) {
        T r = 0;
        for (size_t k = 0; k < 8 * sizeof(T); k++) {
            r = (T) (r << 1 | (a >> k & 1));
        }
        return r;
    }
};

template <typename T>
void shiftLeft(Warp& w, const Instruction& i, Mask m) {
    map2<T, T, uint32_t>(w, i, m, [](T a, uint32_t b) { return b >= 8 * sizeof(T) ? (T) 0 : (T) (a << b); });
}

template <typename T>
void shiftRight(Warp& w, const Instruction& i, Mask m) {
    constexpr uint32_t BITS = 8 * sizeof(T);
    map2<T, T, uint32_t>(w, i, m, [](T a, uint32_t b) { return (T) (b < BITS ? a >> b : a < 0 ? (T) -1 : (T) 0); });
}

template <typename T>
void populationCount(Warp& w, const Instruction& i, Mask m) {
    map1<uint32_t, T>(w, i, m, [](T a) { return (uint32_t) __builtin_popcountll(a); });
}

template <typename T>
void leadingZeros(Warp& w, const Instruction& i, Mask m) {
    map1<uint32_t, T>(w, i, m, [](T a) {
        return a == 0 ? (uint32_t) (8 * sizeof(T)) : (uint32_t) __builtin_clzll(a) - (uint32_t) (64 - 8 * sizeof(T));
    });
}

template <typename T>
void extractBits(Warp& w, const Instruction& i, Mask m) {
    constexpr uint32_t BITS = 8 * sizeof(T);
    map3<T, T, uint32_t, uint32_t>(w, i, m, [](T a, uint32_t from, uint32_t count) {
        from &= 255;
        count &= 255;
        Unsigned<T> bits = from < BITS ? (Unsigned<T>) a >> from : 0;
        Unsigned<T> mask = count >= BITS ? ~(Unsigned<T>) 0 : ((Unsigned<T>) 1 << count) - 1;
        uint32_t top = std::min(from + count - 1, BITS - 1);
        bool negative = std::is_signed_v<T> && count > 0 && ((Unsigned<T>) a >> top & 1);
        return (T) (negative ? (bits & mask) | ~mask | (from + count > BITS && from < BITS
                ? ~(Unsigned<T>) 0 << (BITS - from) : 0) : bits & mask);
    });
}

template <typename T>
void insertBits(Warp& w, const Instruction& i, Mask m) {
    T* d = w.at<T>(i.dst[0]);
    const T* a = w.at<T>(i.src[0]);
    const T* b = w.at<T>(i.src[1]);
    const uint32_t* from = w.at<uint32_t>(i.src[2]);
    const uint32_t* count = w.at<uint32_t>(i.src[3]);
    forEachLane(m, [&](int l) {
        uint32_t at = from[l] & 255;
        uint32_t n = count[l] & 255;
        T ones = n >= 8 * sizeof(T) ? (T) ~(T) 0 : (T) (((T) 1 << n) - 1);
        T mask = at >= 8 * sizeof(T) ? 0 : (T) (ones << at);
        d[l] = (T) ((b[l] & ~mask) | (at >= 8 * sizeof(T) ? 0 : (T) (a[l] << at) & mask));
    });
}

void permute(Warp& w, const Instruction& i, Mask m) {
    map3<uint32_t, uint32_t, uint32_t, uint32_t>(w, i, m, [](uint32_t a, uint32_t b, uint32_t how) {
        uint64_t both = (uint64_t) b << 32 | a;
        uint32_t r = 0;
        for (int k = 0; k < 4; k++) {
            uint32_t pick = how >> 4 * k & 15;
            uint32_t byte = (uint32_t) (both >> 8 * (pick & 7)) & 255;
            r |= (pick & 8 ? (byte & 128 ? 255u : 0u) : byte) << 8 * k;
        }
        return r;
    });
}

void logic3(Warp& w, const Instruction& i, Mask m) {
    uint32_t table = i.code;
    map3<uint32_t, uint32_t, uint32_t, uint32_t>(w, i, m, [table](uint32_t a, uint32_t b, uint32_t c) {
        uint32_t r = 0;
        for (uint32_t k = 0; k < 8; k++) {
            if (table >> k & 1) {
                r |= (k & 4 ? a : ~a) & (k & 2 ? b : ~b) & (k & 1 ? c : ~c);
            }
        }
        return r;
    });
}

template <bool LEFT, bool WRAP>
void funnel(Warp& w, const Instruction& i, Mask m) {
    map3<uint32_t, uint32_t, uint32_t, uint32_t>(w, i, m, [](uint32_t low, uint32_t high, uint32_t by) {
        uint64_t both = (uint64_t) high << 32 | low;
        by = WRAP ? by & 31 : std::min(by, 32u);
        return LEFT ? (uint32_t) (both << by >> 32) : (uint32_t) (both >> by);
    });
}

void buildShift(Builder& b, Type type) {
    b.count(3);
    b.i.dst[0] = b.out(b.s.operands[0], bytesOf(type));
    b.i.src[0] = b.in(b.s.operands[1], type);
    b.i.src[1] = b.in(b.s.operands[2], Type::U32);
    int bytes = bytesOf(type);
    if (b.base == "shl") {
        b.i.run = bytes == 2 ? shiftLeft<uint16_t> : bytes == 4 ? shiftLeft<uint32_t> : shiftLeft<uint64_t>;
    } else if (isSigned(type)) {
        b.i.run = bytes == 2 ? shiftRight<int16_t> : bytes == 4 ? shiftRight<int32_t> : shiftRight<int64_t>;
    } else {
        b.i.run = bytes == 2 ? shiftRight<uint16_t> : bytes == 4 ? shiftRight<uint32_t> : shiftRight<uint64_t>;
    }
}

void buildCounts(Builder& b, Type type) {
    bool large = bytesOf(type) == 8;
    const std::string& base = b.base;
    if (base == "popc" || base == "clz") {
        b.count(2);
        b.i.dst[0] = b.out(b.s.operands[0], 4);
        b.i.src[0] = b.in(b.s.operands[1], type);
        b.i.run = base == "popc" ? (large ? populationCount<uint64_t> : populationCount<uint32_t>)
                : (large ? leadingZeros<uint64_t> : leadingZeros<uint32_t>);
    } else if (base == "brev") {
        b.operands(type, 1);
        b.i.run = large ? (Handler) unary<Reverse, uint64_t> : (Handler) unary<Reverse, uint32_t>;
    } else if (base == "bfe") {
        b.count(4);
        b.i.dst[0] = b.out(b.s.operands[0], bytesOf(type));
        b.i.src[0] = b.in(b.s.operands[1], type);
        b.i.src[1] = b.in(b.s.operands[2], Type::U32);
        b.i.src[2] = b.in(b.s.operands[3], Type::U32);
        b.i.run = type == Type::U32 ? extractBits<uint32_t> : type == Type::S32 ? extractBits<int32_t>
                : type == Type::U64 ? extractBits<uint64_t> : extractBits<int64_t>;
    } else {
        b.count(5);
        b.i.dst[0] = b.out(b.s.operands[0], bytesOf(type));
        b.i.src[0] = b.in(b.s.operands[1], type);
        b.i.src[1] = b.in(b.s.operands[2], type);
        b.i.src[2] = b.in(b.s.operands[3], Type::U32);
        b.i.src[3] = b.in(b.s.operands[4], Type::U32);
        b.i.run = large ? insertBits<uint64_t> : insertBits<uint32_t>;
    }
}

void buildWords(Builder& b) {
    b.takeType();
    bool logic = b.base == "lop3";
    b.count(logic ? 5 : 4);
    b.i.dst[0] = b.out(b.s.operands[0], 4);
    for (size_t k = 0; k < 3; k++) {
        b.i.src[k] = b.in(b.s.operands[k + 1], Type::U32);
    }
    if (logic) {
        b.i.code = (uint32_t) b.s.operands[4].bits;
        b.i.run = logic3;
    } else if (b.base == "prmt") {
        b.i.run = permute;
    } else {
        bool left = b.take("l");
        bool wrap = b.take("wrap");
        if (!left && !b.take("r")) {
            b.fail("has no direction");
        }
        if (!wrap && !b.take("clamp")) {
            b.fail("has no mode");
        }
        b.i.run = left ? (wrap ? funnel<true, true> : funnel<true, false>)
                : (wrap ? funnel<false, true> : funnel<false, false>);
    }
}

void buildLogic(Builder& b, Type type) {
    b.operands(type, b.base == "not" ? 1 : 2);
    b.i.run = b.base == "not" ? VGPU_FOR_INTEGER(unary, Not, type)
            : b.base == "and" ? VGPU_FOR_INTEGER(binary, And, type)
            : b.base == "or" ? VGPU_FOR_INTEGER(binary, Or, type) : VGPU_FOR_INTEGER(binary, Xor, type);
}

}  // namespace

bool buildBits(Builder& b) {
    if (b.isOneOf({"lop3", "prmt", "shf"})) {
        buildWords(b);
    } else if (b.isOneOf({"shl", "shr"})) {
        buildShift(b, b.takeType());
    } else if (b.isOneOf({"popc", "clz", "brev", "bfe", "bfi"})) {
        buildCounts(b, b.takeType());
    } else if (b.isOneOf({"and", "or", "xor", "not"})) {
        buildLogic(b, b.takeType());
    } else {
        return false;
    }
    return true;
}

}  // namespace vgpu
