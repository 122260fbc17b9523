// Streams and events. As a driver has it, an event is recorded in streams of its own context only, while waiting for it
// works from everywhere.
#include "context.h"

using namespace vgpu;

namespace {

bool isEvent(void* handle) { return state().events.count((Event*) handle) != 0; }

// The event's last mark, once it is passed: at once if there is none.
void await(const std::shared_ptr<Mark>& mark) {
    if (mark && !mark->passed) {
        run(*mark->stream, mark.get());
    }
}

}  // namespace

API cuStreamCreate(void** stream, unsigned) {
    ENTER_CONTEXT
    Stream* made = new Stream(*current);
    state().streams.insert(made);
    *stream = made;
    return SUCCESS;
}
API cuStreamDestroy_v2(void* stream) {
    ENTER_CONTEXT
    REQUIRE(state().streams.count((Stream*) stream), INVALID_HANDLE)
    int result = drain(*(Stream*) stream);
    state().streams.erase((Stream*) stream);
    delete (Stream*) stream;
    return result;
}
API cuStreamSynchronize(void* stream) {
    ENTER_CONTEXT
    Stream* s = streamOf(stream);
    REQUIRE(s, INVALID_HANDLE)
    return drain(*s);
}
API cuStreamWaitEvent(void* stream, void* event, unsigned) {
    ENTER_CONTEXT
    Stream* s = streamOf(stream);
    REQUIRE(s && isEvent(event), INVALID_HANDLE)
    give(*s, [mark = ((Event*) event)->mark] { await(mark); });
    return SUCCESS;
}

API cuEventCreate(void** event, unsigned) {
    ENTER_CONTEXT
    Event* made = new Event{*current, nullptr};
    state().events.insert(made);
    *event = made;
    return SUCCESS;
}
API cuEventDestroy_v2(void* event) {
    ENTER
    REQUIRE(state().events.erase((Event*) event), INVALID_HANDLE)
    delete (Event*) event;
    return SUCCESS;
}
API cuEventRecord(void* event, void* stream) {
    ENTER_CONTEXT
    Stream* s = streamOf(stream);
    REQUIRE(s && isEvent(event) && &((Event*) event)->context == &s->context, INVALID_HANDLE)
    auto mark = std::make_shared<Mark>();
    mark->stream = s;
    ((Event*) event)->mark = mark;
    give(*s, [mark] {
        mark->time = std::chrono::steady_clock::now();
        mark->passed = true;
    });
    return SUCCESS;
}
API cuEventSynchronize(void* event) {
    ENTER_CONTEXT
    REQUIRE(isEvent(event), INVALID_HANDLE)
    auto mark = ((Event*) event)->mark;
    await(mark);
    return SUCCESS;
}
API cuEventElapsedTime(float* ms, void* from, void* to) {
    ENTER_CONTEXT
    REQUIRE(isEvent(from) && isEvent(to), INVALID_HANDLE)
    const Event& first = *(Event*) from;
    const Event& second = *(Event*) to;
    REQUIRE(&first.context == &second.context && first.mark && second.mark, INVALID_HANDLE)
    REQUIRE(first.mark->passed && second.mark->passed, NOT_READY)
    *ms = std::chrono::duration<float, std::milli>(second.mark->time - first.mark->time).count();
    return SUCCESS;
}
