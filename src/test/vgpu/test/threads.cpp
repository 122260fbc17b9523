// Several threads of the host, each with a stream of its own.
#include <atomic>
#include <functional>
#include <thread>

#include "driver.h"

static void* context;

static void inThreads(int count, const std::function<void(int)>& each);

constexpr int THREADS = 4;

// What each thread computes is what one would compute alone. All begin at the same time, with memory and launches.
static void compute(int thread, std::atomic<int>& there, std::atomic<int>& wrong) {
    cuCtxSetCurrent(context);
    void* stream;
    cuStreamCreate(&stream, 0);
    there++;
    while (there < THREADS) {
        std::this_thread::yield();
    }
    for (int round = 0; round < 150; round++) {
        std::vector<float> x(300, (float) thread);
        Device<float> dx(x), dy(x);
        wrong += enqueue(module, stream, "saxpy", 3, 128, 300, (float) round, dx.at, dy.at) != 0;
        wrong += cuStreamSynchronize(stream) != 0;
        wrong += dy.get()[299] != (float) (thread * round + thread);
    }
    wrong += cuStreamDestroy_v2(stream) != 0;
}

void checkThreads() {
    cuDevicePrimaryCtxRetain(&context, 0);
    std::atomic<int> there{0}, wrong{0};
    inThreads(THREADS, [&](int thread) { compute(thread, there, wrong); });
    expect(wrong == 0, "threads compute as one would alone");

    int device = 0;
    inThreads(1, [&](int) { wrong = cuCtxGetDevice(&device); });
    expect(wrong == 201, "a new thread has no context");

    // A fault is told to the one who waits for its stream, not to one who frees memory meanwhile.
    cuCtxSetCurrent(context);
    void* stream;
    cuStreamCreate(&stream, 0);
    Device<float> y(64);
    enqueue(module, stream, "beyond", 1, 64, y.at);
    int freed = -1;
    inThreads(1, [&](int) {
        cuCtxSetCurrent(context);
        uint64_t some;
        cuMemAlloc_v2(&some, 64);
        freed = cuMemFree_v2(some);
    });
    expect(freed == 0, "freeing memory does not end another thread's fault");
    expect(cuStreamSynchronize(stream) == 700, "the fault is told to the thread that waits for the stream");
    expect(cuStreamSynchronize(stream) == 0, "once");

    // An event may be destroyed by one thread while another has not yet waited for what it was recorded behind.
    void* event;
    cuEventCreate(&event, 0);
    cuEventRecord(event, stream);
    inThreads(1, [&](int) {
        cuCtxSetCurrent(context);
        freed = cuEventDestroy_v2(event);
    });
    expect(freed == 0 && cuStreamSynchronize(stream) == 0, "an event may end before it is reached");
    cuStreamDestroy_v2(stream);
}

static void inThreads(int count, const std::function<void(int)>& each) {
    std::vector<std::thread> all;
    for (int k = 0; k < count; k++) {
        all.emplace_back(each, k);
    }
    for (std::thread& t : all) {
        t.join();
    }
}
