// Accesses to global memory that are ordered, and some that are not.
#include "driver.h"

static int lastBlock(const char* name, unsigned threads) {
    Device<float> partials(4 * threads), result(1);
    Device<unsigned> ticket(std::vector<unsigned>{0});
    return launch(name, 4, threads, 0, false, partials.at, ticket.at, result.at);
}

void checkGlobalOrder() {
    Device<float> numbers(64), y(192);
    Device<unsigned> flag(std::vector<unsigned>{0});
    expect(launch("passOn", 4, 64, 0, true, numbers.at, flag.at, y.at) == 0, "a flag behind a fence orders blocks");
    expect(y.get()[63] == 0 && y.get()[128] == 63, "passOn is right");
    Device<unsigned> flags(std::vector<unsigned>{0, 0, 0, 0});
    expect(launch("handDown", 3, 32, 0, true, numbers.at, flags.at, y.at) == 0, "release and acquire order blocks");
    expect(y.get()[0] == 42, "handDown is right");
    expect(launch("turned", 1, 64, 0, false, numbers.at, y.at) == 0, "a barrier orders the warps of a block");

    expect(lastBlock("unfenced", 1) == 719, "unfenced: a ticket without a fence orders nothing");
    expect(lastBlock("unfencedReader", 1) == 719, "unfencedReader: a load behind a ticket that a cache may answer");
    expect(lastBlock("fencedTooSoon", 64) == 719, "fencedTooSoon: a fence before the stores of other warps");
    expect(lastBlock("fencedTooSoon", 32) == 0, "a fence of a warp is one for all that it has stored");
    expect(lastBlock("fencedForItsBlock", 1) == 719, "fencedForItsBlock: a fence within a block only");
    Device<uint32_t> words(2);
    expect(launch("sameWord", 4, 1, 0, false, words.at) == 719, "sameWord: two blocks store to the same place");
    expect(launch("sameWord", 1, 1, 0, false, words.at) == 0, "what an earlier launch stored is ordered");
    expect(launch("neighbours", 8, 1, 0, false, words.at) == 0, "bytes side by side are several places");
    Device<float> x(std::vector<float>(64, 2));
    expect(launch("writtenAfterRead", 4, 1, 0, false, x.at, y.at) == 719, "writtenAfterRead: other blocks read it");
    expect(launch("betweenWarps", 1, 64, 0, false, x.at, y.at) == 719, "betweenWarps: no barrier");
    expect(launch("betweenWarps", 1, 32, 0, false, x.at, y.at) == 0, "one warp alone has no race");
    expect(launch("constant", 1, 32, 0, false, x.at, y.at) == 719, "constant: a load of what the launch writes");
    Device<unsigned> count(std::vector<unsigned>{0});
    expect(launch("plainBesideAtomic", 2, 1, 0, false, count.at) == 719, "plainBesideAtomic: one is not atomic");
}
