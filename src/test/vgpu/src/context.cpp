#include "context.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "settings.h"

namespace vgpu {

thread_local Context* current = nullptr;

State& state() {
    // Never destroyed: other threads may still use it while the process ends.
    static State* all = new State();
    return *all;
}

Context* State::context(int device) const {
    return device >= 0 && device < (int) contexts.size() ? contexts[(size_t) device].get() : nullptr;
}

bool State::isContext(const void* handle) const {
    for (auto& each : contexts) {
        if (each.get() == handle) {
            return true;
        }
    }
    return false;
}

int report(const Fault& fault, Context* context) {
    std::string where = context && settings().devices > 1 ? "device " + std::to_string(context->device) + ": " : "";
    std::fprintf(stderr, "vgpu: error %d: %s%s\n", fault.result, where.c_str(), fault.text.c_str());
    std::fflush(stderr);
    if (context && settings().sticky && fault.result >= ILLEGAL_ADDRESS) {
        context->lost = fault.result;
    }
    return fault.result;
}

Stream* streamOf(void* handle) {
    if ((uintptr_t) handle <= 2) {
        return &current->standard;
    }
    return state().streams.count((Stream*) handle) ? (Stream*) handle : nullptr;
}

void run(Stream& s, const Mark* until) {
    while (!s.open.empty() && !(until && until->passed)) {
        std::function<void()> work = std::move(s.open.front());
        s.open.pop_front();
        try {
            work();
        } catch (const Fault& fault) {
            int result = report(fault, &s.context);
            s.error = s.error ? s.error : result;
        }
    }
}

int drain(Stream& s) {
    run(s);
    int result = s.error;
    s.error = SUCCESS;
    return result;
}

void runAll(const Context* context) {
    for (auto& each : state().contexts) {
        if (!context || context == each.get()) {
            run(each->standard);
        }
    }
    for (Stream* each : state().streams) {
        if (!context || context == &each->context) {
            run(*each);
        }
    }
}

void give(Stream& s, std::function<void()> work) {
    s.open.push_back(std::move(work));
    if (!settings().lazy) {
        run(s);
    }
}

Allocation* reachable(uint64_t address, uint64_t bytes) {
    Allocation* a = deviceMemory().find(address);
    return a && address + bytes <= a->base + a->size ? a : nullptr;
}

void copyIn(uint64_t to, const void* from, uint64_t bytes) {
    Allocation* a = reachable(to, bytes);
    if (!a) {
        throw Fault{INVALID_VALUE, "a copy goes to memory that is not allocated any more"};
    }
    std::memcpy(a->host + (to - a->base), from, bytes);
    a->written.set(to - a->base, bytes);
}

void copyOut(void* to, uint64_t from, uint64_t bytes) {
    Allocation* a = reachable(from, bytes);
    if (!a) {
        throw Fault{INVALID_VALUE, "a copy comes from memory that is not allocated any more"};
    }
    std::memcpy(to, a->host + (from - a->base), bytes);
}

__attribute__((destructor)) static void sayWhatIsOpen() {
    if (std::getenv("VGPU_REPORT")) {
        int retained = 0;
        for (auto& each : state().contexts) {
            retained += each->retained;
        }
        std::fprintf(stderr, "vgpu: open at the end: %d contexts, %zu streams, %zu memory, %zu pinned, %zu modules\n",
                     retained, state().streams.size(), deviceMemory().count(false), deviceMemory().count(true),
                     state().modules.size());
    }
}

}  // namespace vgpu
