// Moves, and what is done with predicates, which are bits of one word for all lanes.
#include "builder.h"
#include "lanes.h"

namespace vgpu {

namespace {

struct Copy {
    template <typename T> static T of(T a) { return a; }
};
struct And {
    static uint32_t of(uint32_t a, uint32_t b) { return a & b; }
};
struct Or {
    static uint32_t of(uint32_t a, uint32_t b) { return a | b; }
};
struct Xor {
    static uint32_t of(uint32_t a, uint32_t b) { return a ^ b; }
};
struct First {
    static uint32_t of(uint32_t a, uint32_t) { return a; }
};
struct NotFirst {
    static uint32_t of(uint32_t a, uint32_t) { return ~a; }
};

template <typename F>
void predicates(Warp& w, const Instruction& i, Mask m) {
    uint32_t& d = *w.at<uint32_t>(i.dst[0]);
    uint32_t a = *w.at<uint32_t>(i.src[0]) ^ (i.negated ? ALL : 0);
    d = (d & ~m) | (F::of(a, *w.at<uint32_t>(i.src[1])) & m);
}

// mov.b64 %rd, {%r1, %r2} and its like, and the other way round.
void pack(Warp& w, const Instruction& i, Mask m) {
    forEachLane(m, [&](int l) {
        uint64_t bits = 0;
        for (uint32_t k = 0; k < i.vector; k++) {
            uint64_t part = i.bytes == 2 ? w.at<uint16_t>(i.src[k])[l] : w.at<uint32_t>(i.src[k])[l];
            bits |= part << 8 * i.bytes * k;
        }
        if (i.code == 8) {
            w.at<uint64_t>(i.dst[0])[l] = bits;
        } else {
            w.at<uint32_t>(i.dst[0])[l] = (uint32_t) bits;
        }
    });
}

void unpack(Warp& w, const Instruction& i, Mask m) {
    forEachLane(m, [&](int l) {
        uint64_t bits = i.code == 8 ? w.at<uint64_t>(i.src[0])[l] : w.at<uint32_t>(i.src[0])[l];
        for (uint32_t k = 0; k < i.vector; k++) {
            if (i.dst[k].space == 1) {
                continue;   // the sink _
            }
            if (i.bytes == 2) {
                w.at<uint16_t>(i.dst[k])[l] = (uint16_t) (bits >> 16 * k);
            } else {
                w.at<uint32_t>(i.dst[k])[l] = (uint32_t) (bits >> 32 * k);
            }
        }
    });
}

void buildPredicates(Builder& b) {
    b.i.of = Class::Compare;
    bool one = b.base == "mov" || b.base == "not";
    b.count(one ? 2 : 3);
    b.i.dst[0] = b.outPredicate(b.s.operands[0]);
    b.i.src[0] = b.inPredicate(b.s.operands[1]);
    b.i.negated = b.s.operands[1].negated;
    b.i.src[1] = b.inPredicate(b.s.operands[one ? 1 : 2]);
    b.i.run = b.base == "mov" ? predicates<First> : b.base == "not" ? predicates<NotFirst>
            : b.base == "and" ? predicates<And> : b.base == "or" ? predicates<Or> : predicates<Xor>;
}

void build(Builder& b, Type type) {
    b.count(2);
    b.i.of = Class::Move;
    const Written& to = b.s.operands[0];
    const Written& from = b.s.operands[1];
    int bytes = bytesOf(type);
    if (to.kind != Written::List && from.kind != Written::List) {
        Type bits = bytes == 8 ? Type::U64 : bytes == 4 ? Type::U32 : Type::U16;
        b.i.dst[0] = b.out(to, bytes);
        b.i.src[0] = b.in(from, isFloat(type) && from.kind == Written::Number ? type : bits);
        b.i.run = VGPU_FOR_INTEGER(unary, Copy, bits);
        return;
    }
    const std::vector<Written>& parts = to.kind == Written::List ? to.list : from.list;
    if (parts.empty() || parts.size() > 4) {
        b.fail("a list must have 2 or 4 parts");
    }
    b.i.vector = (uint8_t) parts.size();
    b.i.bytes = (uint8_t) (bytes / (int) parts.size());
    b.i.code = (uint32_t) bytes;
    if (b.i.bytes != 2 && b.i.bytes != 4) {
        b.fail("parts must have 16 or 32 bits");
    }
    Type part = b.i.bytes == 2 ? Type::U16 : Type::U32;
    Type whole = bytes == 8 ? Type::U64 : Type::U32;
    for (size_t k = 0; k < parts.size(); k++) {
        if (to.kind != Written::List) {
            b.i.src[k] = b.in(parts[k], part);
        } else if (parts[k].name == "_") {
            b.i.dst[k] = {0, 1};
        } else {
            b.i.dst[k] = b.out(parts[k], b.i.bytes);
        }
    }
    if (to.kind == Written::List) {
        b.i.src[0] = b.in(from, whole);
        b.i.run = unpack;
    } else {
        b.i.dst[0] = b.out(to, bytes);
        b.i.run = pack;
    }
}

}  // namespace

bool buildMove(Builder& b) {
    bool ofPredicates = b.has("pred") && b.isOneOf({"and", "or", "xor", "not"});
    if (b.base != "mov" && !ofPredicates) {
        return false;
    }
    Type type = b.takeType();
    if (type == Type::Pred) {
        buildPredicates(b);
    } else {
        build(b, type);
    }
    return true;
}

}  // namespace vgpu
