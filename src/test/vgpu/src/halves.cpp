// The larger and the smaller one of numbers of 16 bits, one or two at a time.
#include "builder.h"
#include "lanes.h"
#include "narrow.h"

namespace vgpu {

namespace {

constexpr uint16_t NO_NUMBER = 0x7fff;

/** Where one is no number the other one, or with NAN_WINS none; +0 is larger than -0. */
template <bool HALF, bool LARGER, bool NAN_WINS>
struct Extreme {
    static uint16_t of(uint16_t a, uint16_t b) {
        double x = HALF ? doubleOfHalf(a) : doubleOfBfloat(a);
        double y = HALF ? doubleOfHalf(b) : doubleOfBfloat(b);
        if (x != x || y != y) {
            return NAN_WINS || (x != x && y != y) ? NO_NUMBER : x != x ? b : a;
        }
        bool first = x == y ? std::signbit(x) != LARGER : (x > y) == LARGER;
        return first ? a : b;
    }

    static uint32_t of(uint32_t a, uint32_t b) {
        return of((uint16_t) a, (uint16_t) b) | (uint32_t) of((uint16_t) (a >> 16), (uint16_t) (b >> 16)) << 16;
    }
};

template <bool HALF, bool LARGER>
Handler choose(bool nanWins, bool two) {
    using Wins = Extreme<HALF, LARGER, true>;
    using Loses = Extreme<HALF, LARGER, false>;
    return nanWins ? (two ? binary<Wins, uint32_t> : binary<Wins, uint16_t>)
            : two ? binary<Loses, uint32_t> : binary<Loses, uint16_t>;
}

}  // namespace

bool buildHalves(Builder& b) {
    bool half = b.has("f16") || b.has("f16x2");
    if (!b.isOneOf({"min", "max"}) || (!half && !b.has("bf16") && !b.has("bf16x2"))) {
        return false;
    }
    bool nanWins = b.take("NaN");
    bool larger = b.base == "max";
    bool two = bytesOf(b.takeType()) == 4;
    b.operands(two ? Type::U32 : Type::U16, 2);
    b.i.of = Class::Float32;
    b.i.run = half ? (larger ? choose<true, true>(nanWins, two) : choose<true, false>(nanWins, two))
            : larger ? choose<false, true>(nanWins, two) : choose<false, false>(nanWins, two);
    return true;
}

}  // namespace vgpu
