// What the tests call in a kernel that was compiled for the host.
#define HOST_EXPORT extern "C" __attribute__((visibility("default")))

template <typename A>
static void hostCall(const void* arguments) {
    SEG_SYMBOL(*(const A*) arguments);
}

template <typename A>
static const char* hostLaunchOf(void (*)(const A), const void* arguments, int blocks, int threads, int sharedBytes,
                                uint64_t seed) {
    return hostLaunch(hostCall<A>, arguments, blocks, threads, sharedBytes, seed);
}

HOST_EXPORT const char* seg_host_launch(const void* arguments, int blocks, int threads, int sharedBytes,
                                       unsigned long long seed) {
    return hostLaunchOf(SEG_SYMBOL, arguments, blocks, threads, sharedBytes, seed);
}

#ifdef HOST_DESCRIBES_LAYOUT
#include "layout.h"
#endif
