#include "global_order.h"

#include <algorithm>

namespace vgpu {

uint32_t GlobalOrder::now = 0;

static void learn(Known& known, const ReleaseLog* log, uint32_t before) {
    for (auto& each : known) {
        if (each.first == log) {
            each.second = std::max(each.second, before);
            return;
        }
    }
    known.emplace_back(log, before);
}

static void learn(Known& known, const Known& more) {
    for (auto& each : more) {
        learn(known, each.first, each.second);
    }
}

static bool tells(const Known& known, uint64_t block, uint32_t warp, uint32_t time) {
    std::map<const ReleaseLog*, uint32_t> asked;
    return std::any_of(known.begin(), known.end(), [&](auto& each) {
        return each.first->tells(each.second, block, warp, time, asked);
    });
}

void ReleaseLog::add(uint64_t block, std::vector<uint32_t> told, const Known& learnt) {
    for (auto& each : learnt) {
        // What this log had told before, it goes on telling.
        if (each.first != this) {
            passed.push_back({count, each.first, each.second});
        }
    }
    byBlock[block].push_back({count, std::move(told)});
    count++;
}

bool ReleaseLog::tells(uint32_t before, uint64_t block, uint32_t warp, uint32_t time,
                       std::map<const ReleaseLog*, uint32_t>& asked) const {
    uint32_t& until = asked[this];
    if (until >= before) {
        return false;
    }
    until = before;
    auto own = byBlock.find(block);
    if (own != byBlock.end()) {
        for (const Release& each : own->second) {
            if (each.number < before && each.told[warp] >= time) {
                return true;
            }
        }
    }
    return std::any_of(passed.begin(), passed.end(), [&](const Passed& each) {
        return each.number < before && each.log->tells(each.before, block, warp, time, asked);
    });
}

GlobalOrder::GlobalOrder(uint32_t warpsOfBlock) : start(++now), warps(warpsOfBlock) {}

void GlobalOrder::barrier(BlockOrder& block) {
    block.barrier = now++;
    uint32_t others = 0;
    for (const SinceBarrier& each : block.warps) {
        others = std::max(others, each.barrierBefore);
    }
    for (size_t k = 0; k < block.warps.size(); k++) {
        SinceBarrier& each = block.warps[k];
        block.fenced |= each.fence != 0;
        block.told[k] = std::max({block.told[k], others, each.fence});
        learn(block.learnt, each.learnt);
        learn(block.heard, each.heard);
        each = SinceBarrier();
    }
}

void GlobalOrder::fence(BlockOrder& block, uint32_t warp) {
    SinceBarrier& own = block.warps[warp];
    own.fence = now++;
    own.barrierBefore = block.barrier;
    learn(own.learnt, block.heard);
    learn(own.learnt, own.heard);
}

void GlobalOrder::release(uint64_t place, const BlockOrder& block, uint32_t warp) {
    const SinceBarrier& own = block.warps[warp];
    if (own.fence == 0 && !block.fenced) {
        return;
    }
    std::vector<uint32_t> told = block.told;
    for (uint32_t& each : told) {
        each = std::max(each, own.barrierBefore);
    }
    told[warp] = std::max(told[warp], own.fence);
    Known learnt = block.learnt;
    learn(learnt, own.learnt);
    logs[place].add(block.index, std::move(told), learnt);
}

void GlobalOrder::acquire(uint64_t place, BlockOrder& block, uint32_t warp) const {
    auto found = logs.empty() ? logs.end() : logs.find(place);
    if (found != logs.end()) {
        learn(block.warps[warp].heard, &found->second, found->second.size());
    }
}

bool GlobalOrder::ordered(uint32_t first, uint32_t time, Strength how, const BlockOrder& block, uint32_t warp) const {
    uint64_t of = first / warps;
    if (of == block.index && time <= block.barrier) {
        return true;
    }
    uint32_t member = first % warps;
    const SinceBarrier& own = block.warps[warp];
    return tells(own.learnt, of, member, time) || tells(block.learnt, of, member, time)
            || (how.strong && (tells(own.heard, of, member, time) || tells(block.heard, of, member, time)));
}

// The bytes of a word that an access from `at` on of `count` bytes concerns.
static uint8_t bytesIn(uint64_t& at, uint64_t& count) {
    uint64_t in = std::min<uint64_t>(count, 4 - at % 4);
    uint8_t mask = (uint8_t) (((1u << in) - 1) << at % 4);
    at += in;
    count -= in;
    return mask;
}

const char* GlobalOrder::read(GlobalHistory& history, uint64_t at, uint64_t count, Strength how,
                              const BlockOrder& block, uint32_t warp) {
    uint32_t number = (uint32_t) block.index * warps + warp;
    const char* race = nullptr;
    while (count > 0) {
        GlobalWord& w = history.word(at);
        uint8_t mask = bytesIn(at, count);
        if (w.writeTime >= start && w.writeBytes & mask) {
            if (how.constant) {
                race = "it reads as constant what this launch writes, by";
                other = w.writer;
            } else if (w.writer != number && !(how.strong && w.strongWrite)
                    && !ordered(w.writer, w.writeTime, how, block, warp)) {
                race = "it reads what was written, with nothing between that orders them, by";
                other = w.writer;
            }
        }
        if (w.readTime < start) {
            w.earlierTime = 0;
            w.readBytes = 0;
            w.strongRead = true;
        } else if (w.reader != number) {
            w.earlier = w.reader;
            w.earlierTime = w.readTime;
        }
        w.reader = number;
        w.readTime = now;
        w.readBytes |= mask;
        w.strongRead &= how.strong;
    }
    return race;
}

const char* GlobalOrder::write(GlobalHistory& history, uint64_t at, uint64_t count, Strength how,
                               const BlockOrder& block, uint32_t warp) {
    uint32_t number = (uint32_t) block.index * warps + warp;
    const char* race = nullptr;
    auto races = [&](uint32_t first, uint32_t time) {
        return time >= start && first != number && !ordered(first, time, how, block, warp);
    };
    while (count > 0) {
        GlobalWord& w = history.word(at);
        uint8_t mask = bytesIn(at, count);
        if (w.writeBytes & mask && !(how.strong && w.strongWrite) && races(w.writer, w.writeTime)) {
            race = "it writes what was written, with nothing between that orders them, by";
            other = w.writer;
        }
        if (w.readTime >= start && w.readBytes & mask && !(how.strong && w.strongRead)) {
            bool last = races(w.reader, w.readTime);
            if (last || races(w.earlier, w.earlierTime)) {
                race = "it writes what was read, with nothing between that orders them, by";
                other = last ? w.reader : w.earlier;
            }
        }
        bool same = w.writeTime >= start && w.writer == number;
        w.writeBytes = same ? (uint8_t) (w.writeBytes | mask) : mask;
        w.strongWrite = how.strong && (!same || w.strongWrite);
        w.writer = number;
        w.writeTime = now;
        w.readBytes &= (uint8_t) ~mask;
    }
    return race;
}

}  // namespace vgpu
