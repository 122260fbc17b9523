// What orders the accesses to global memory of the warps of a launch, and which accesses nothing orders.
//
// Two accesses of different warps to the same byte, one of them a store, race unless
// - a barrier of their block lies between them; or
// - the first comes before a fence of its warp (or before a barrier and then a fence of a warp of its block), an atomic
//   or volatile store follows, the second's warp read that place or what followed it by an atomic or volatile load, and
//   its next fence comes before the second access; a volatile load needs no such fence; or
// - both are atomic or volatile.
// Lanes of one warp count as ordered.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace vgpu {

class ReleaseLog;

/** What has been learnt at places of synchronisation: of each, the releases before a number. */
using Known = std::vector<std::pair<const ReleaseLog*, uint32_t>>;

/** The atomics and volatile stores at one place that had something to tell, in their order. */
class ReleaseLog {
public:
    /** Until when the accesses of each warp of a block are told, and what its block has learnt of others. */
    void add(uint64_t block, std::vector<uint32_t> told, const Known& learnt);
    uint32_t size() const { return count; }
    /** Whether the releases before a number tell of an access. */
    bool tells(uint32_t before, uint64_t block, uint32_t warp, uint32_t time,
               std::map<const ReleaseLog*, uint32_t>& asked) const;

private:
    struct Release {
        uint32_t number;
        std::vector<uint32_t> told;
    };
    struct Passed {
        uint32_t number;
        const ReleaseLog* log;
        uint32_t before;
    };
    uint32_t count = 0;
    std::unordered_map<uint64_t, std::vector<Release>> byBlock;
    std::vector<Passed> passed;
};

/** What a warp has done since the last barrier of its block. */
struct SinceBarrier {
    uint32_t fence = 0;            // time of the last one
    uint32_t barrierBefore = 0;    // the last barrier before that fence
    Known learnt;
    Known heard;                   // the same, before the next fence
};

/** What the warps of a block have in common since their last barrier, and what each has added to it. */
struct BlockOrder {
    uint64_t index;
    uint32_t barrier = 0;          // time of the last one
    bool fenced = false;           // whether there was a fence before it
    std::vector<uint32_t> told;    // for each warp, until when a fence lies behind its accesses
    Known learnt;
    Known heard;
    std::vector<SinceBarrier> warps;

    BlockOrder(uint64_t index, uint32_t warps) : index(index), told(warps), warps(warps) {}
};

/** How an access synchronises. */
struct Strength {
    bool strong = false;       // atomic or volatile
    bool constant = false;     // through the cache of what no kernel writes
};

/** Who used 4 bytes of global memory last. Of readers the last two of different warps are known. */
struct GlobalWord {
    uint32_t writeTime;
    uint32_t writer;          // number of the warp in the launch
    uint32_t readTime;
    uint32_t reader;
    uint32_t earlierTime;
    uint32_t earlier;
    uint8_t writeBytes;       // of the 4
    uint8_t readBytes;
    bool strongWrite;
    bool strongRead;
};

/** The words of an allocation, in pages that are made when they are used. */
class GlobalHistory {
public:
    GlobalWord& word(uint64_t at) {
        uint64_t page = at / PAGE_BYTES;
        if (page >= pages.size()) {
            pages.resize(page + 1);
        }
        if (!pages[page]) {
            pages[page].reset(new GlobalWord[PAGE_BYTES / 4]());
        }
        return pages[page][at % PAGE_BYTES / 4];
    }

private:
    static constexpr uint64_t PAGE_BYTES = 1 << 14;
    std::vector<std::unique_ptr<GlobalWord[]>> pages;
};

/** Of one launch. Time goes on with each barrier and fence, over all launches. */
class GlobalOrder {
public:
    explicit GlobalOrder(uint32_t warpsOfBlock);

    void barrier(BlockOrder& block);
    void fence(BlockOrder& block, uint32_t warp);
    /** An atomic or a volatile store of a warp has reached a place. */
    void release(uint64_t place, const BlockOrder& block, uint32_t warp);
    /** An atomic or a volatile load has. */
    void acquire(uint64_t place, BlockOrder& block, uint32_t warp) const;

    /** What is wrong with an access that nothing orders behind another one, or null. */
    const char* read(GlobalHistory& history, uint64_t at, uint64_t count, Strength how, const BlockOrder& block,
                     uint32_t warp);
    const char* write(GlobalHistory& history, uint64_t at, uint64_t count, Strength how, const BlockOrder& block,
                      uint32_t warp);
    /** The other one of the last race. */
    uint64_t otherBlock() const { return other / warps; }
    uint32_t otherWarp() const { return other % warps; }

private:
    bool ordered(uint32_t first, uint32_t time, Strength how, const BlockOrder& block, uint32_t warp) const;

    static uint32_t now;
    uint32_t start;
    uint32_t warps;    // of a block
    uint32_t other = 0;
    std::unordered_map<uint64_t, ReleaseLog> logs;
};

}  // namespace vgpu
