/* Plays libcuda.so.1 for one device that runs no code: memory is the host's, a launch does to the struct of the probe
   what its kernel would do, and launches of the sweeps only return. SEG_FAIL=cuCall:code makes a call fail. What is
   still open at the end is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long address;

static int failing(const char* call) {
    const char* fault = getenv("SEG_FAIL");
    size_t length = strlen(call);
    return fault && !strncmp(fault, call, length) && fault[length] == ':' ? atoi(fault + length + 1) : 0;
}

#define FAIL(call) { int code = failing(call); if (code) return code; }

static int contexts, streams, memory, pinned, modules, launches;
static void* current;
static char idle;

__attribute__((destructor)) static void report(void) {
    printf("open: %d contexts, %d streams, %d memory, %d pinned, %d modules; %d launches\n", contexts, streams, memory,
           pinned, modules, launches);
    fflush(stdout);
}

/* NVRTC asks for tables of functions that are not public, and does without them. */
int cuGetExportTable(const void** table, const void* id) { *table = 0; return id ? 500 : 1; }
/* The names of the errors that tests provoke. */
int cuGetErrorName(int result, const char** name) {
    static const struct { int result; const char* name; } names[] = {
        {1, "CUDA_ERROR_INVALID_VALUE"}, {2, "CUDA_ERROR_OUT_OF_MEMORY"}, {100, "CUDA_ERROR_NO_DEVICE"},
        {101, "CUDA_ERROR_INVALID_DEVICE"}, {201, "CUDA_ERROR_INVALID_CONTEXT"},
        {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"}, {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"},
        {719, "CUDA_ERROR_LAUNCH_FAILED"}, {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"}};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        if (names[k].result == result) { *name = names[k].name; return 0; }
    }
    *name = 0;
    return 1;
}
int cuInit(unsigned flags) { FAIL("cuInit") return flags; }
int cuDriverGetVersion(int* version) { *version = 12060; return 0; }
int cuDeviceGetCount(int* count) { FAIL("cuDeviceGetCount") *count = getenv("SEG_NONE") ? 0 : 1; return 0; }
int cuDeviceGet(int* device, int ordinal) { *device = ordinal; return ordinal == 0 ? 0 : 101; }
int cuDeviceGetName(char* name, int length, int device) { snprintf(name, length, "Stub %d", device); return 0; }
int cuDeviceTotalMem_v2(size_t* bytes, int device) { *bytes = (size_t) (2 - device) << 30; return 0; }
int cuDeviceGetAttribute(int* value, int attribute, int device) {
    *value = attribute == 75 ? 8 : attribute == 76 ? 0 : attribute == 16 ? 108 : attribute == 95 ? 1
            : attribute == 97 ? 163 * 1024 : attribute == 81 ? 164 * 1024 : -1;
    return device;
}
int cuDevicePrimaryCtxRetain(void** context, int device) {
    FAIL("cuDevicePrimaryCtxRetain")
    *context = &contexts;
    contexts++;
    return device;
}
int cuDevicePrimaryCtxRelease_v2(int device) { contexts--; return device; }
int cuCtxGetCurrent(void** context) { *context = current; return 0; }
int cuCtxGetDevice(int* device) { *device = 0; return current ? 0 : 201; }
int cuCtxSetCurrent(void* context) { current = context; return context == &contexts || !context ? 0 : 201; }
int cuStreamCreate(void** stream, unsigned flags) {
    FAIL("cuStreamCreate")
    *stream = malloc(1);
    streams++;
    return flags == 1 ? 0 : 1;
}
int cuStreamDestroy_v2(void* stream) { free(stream); streams--; return 0; }
int cuStreamSynchronize(void* stream) { FAIL("cuStreamSynchronize") return stream ? 0 : 400; }
int cuMemAlloc_v2(address* at, size_t bytes) {
    FAIL("cuMemAlloc")
    *at = (address) malloc(bytes);
    memory++;
    return current ? 0 : 201;
}
int cuMemFree_v2(address at) { free((void*) at); memory--; return 0; }
int cuMemHostAlloc(void** at, size_t bytes, unsigned flags) {
    FAIL("cuMemHostAlloc")
    *at = malloc(bytes);
    pinned++;
    return flags == 1 ? 0 : 1;
}
int cuMemFreeHost(void* at) { free(at); pinned--; return 0; }
int cuMemcpyHtoDAsync_v2(address to, const void* from, size_t bytes, void* stream) {
    memcpy((void*) to, from, bytes);
    return stream ? 0 : 400;
}
int cuMemcpyDtoHAsync_v2(void* to, address from, size_t bytes, void* stream) {
    FAIL("cuMemcpyDtoHAsync")
    memcpy(to, (void*) from, bytes);
    return stream ? 0 : 400;
}
int cuMemsetD8Async(address at, unsigned char value, size_t bytes, void* stream) {
    memset((void*) at, value, bytes);
    return stream ? 0 : 400;
}
int cuModuleLoadData(void** module, const void* image) {
    FAIL("cuModuleLoadData")
    int cubin = !memcmp(image, "\177ELF", 4);
    if (!cubin && !strstr(image, ".target sm_")) return 200;
    *module = malloc(1);
    modules++;
    return 0;
}
int cuModuleUnload(void* module) { free(module); modules--; return 0; }
int cuModuleGetFunction(void** function, void* module, const char* name) {
    int sweep = !strncmp(name, "seg_region_", 11);
    *function = sweep ? &idle : module;
    return strncmp(name, "seg_", 4) ? 500 : 0;
}
int cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void* stream, void** parameters, void** extra) {
    FAIL("cuLaunchKernel")
    struct { int* target; int value; } probe;
    if (function == &idle) {
        launches++;
        return !stream || !parameters[0] || extra;
    }
    if (!function || gx * gy * gz * bx * by * bz != 1 || shared || !stream || extra) return 1;
    memcpy(&probe, parameters[0], sizeof probe);
    *probe.target = probe.value + (getenv("SEG_WRONG") ? 2 : 1);
    launches++;
    return 0;
}
