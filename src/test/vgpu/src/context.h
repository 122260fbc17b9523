// What the driver's functions share: a context for each device, and the streams, events and modules of a context.
#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "machine.h"

namespace vgpu {

struct Context;

struct Module {
    Context& context;
    ModuleText text;
    std::map<std::string, uint64_t> symbols;
    std::map<std::string, std::unique_ptr<Kernel>> kernels;
};

/** A list of what is still to be done. */
struct Stream {
    Context& context;
    std::deque<std::function<void()>> open;
    int error = SUCCESS;      // of what was done, until somebody waits for the stream

    explicit Stream(Context& context) : context(context) {}
};

/** A place in a stream, which outlives the event that it was recorded for. */
struct Mark {
    Stream* stream;
    bool passed = false;
    std::chrono::steady_clock::time_point time;
};

struct Event {
    Context& context;
    std::shared_ptr<Mark> mark;     // the last that was recorded, or null
};

/** The primary context of a device. */
struct Context {
    int device;
    int retained = 0;
    int lost = SUCCESS;       // with VGPU_STICKY, the fault after which nothing works here
    DeviceSet peers = 0;      // whose memory kernels may use, too
    Stream standard{*this};

    explicit Context(int device) : device(device) {}
};

/**
 * All that there is. One thread at a time is inside the driver; work is done by the thread that asks for it or, with
 * VGPU_LAZY, by one that waits for it.
 */
struct State {
    std::recursive_mutex mutex;
    bool initialised = false;
    std::vector<std::unique_ptr<Context>> contexts;     // by device
    std::set<Module*> modules;
    std::map<Kernel*, Context*> kernels;
    std::set<Stream*> streams;
    std::set<Event*> events;

    Context* context(int device) const;
    bool isContext(const void* handle) const;
};

State& state();

/** The context that a thread works in, or null. */
extern thread_local Context* current;

/** Says what happened, and what it does to a context, if it happened in one. */
int report(const Fault& fault, Context* context);

/** The stream of a handle: the context's own for none. Null if there is none. */
Stream* streamOf(void* handle);
/** Adds work to a stream, which is done at once unless VGPU_LAZY is set. */
void give(Stream& stream, std::function<void()> work);
/** Does what is open in a stream, all of it or as far as to a mark. */
void run(Stream& stream, const Mark* until = nullptr);
/** Does all, and says once what went wrong. */
int drain(Stream& stream);
/** Does what is open in all streams of a context, or of every context for null. What went wrong stays with each. */
void runAll(const Context* context);

/** Memory that is allocated from one address on for so many bytes, or null. */
Allocation* reachable(uint64_t address, uint64_t bytes);
/** Copies between memory of the host and allocated memory. Throw Fault if it is not there any more. */
void copyIn(uint64_t to, const void* from, uint64_t bytes);
void copyOut(void* to, uint64_t from, uint64_t bytes);

}  // namespace vgpu

#define API extern "C" __attribute__((visibility("default"))) int

#define REQUIRE(condition, result) \
    if (!(condition)) { \
        return result; \
    }
/** What does not depend on a context. */
#define ENTER \
    std::lock_guard<std::recursive_mutex> lock(state().mutex); \
    REQUIRE(state().initialised, NOT_INITIALIZED)
#define ENTER_CONTEXT \
    ENTER \
    REQUIRE(current, INVALID_CONTEXT) \
    REQUIRE(current->lost == SUCCESS, current->lost)
