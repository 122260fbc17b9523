// Modules, their kernels, and launches.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "builder.h"
#include "context.h"
#include "settings.h"

using namespace vgpu;

namespace {

bool isModule(void* handle) { return state().modules.count((Module*) handle) != 0; }

bool isKernel(void* handle) { return state().kernels.count((Kernel*) handle) != 0; }

int newestPtx(int driver) {
    static const int KNOWN[][2] = {{13000, 90}, {12090, 88}, {12080, 87}, {12070, 86}, {12050, 85}, {12040, 84},
                                   {12030, 83}, {12020, 82}, {12010, 81}, {12000, 80}, {11080, 78}, {11000, 70}};
    for (auto& each : KNOWN) {
        if (driver >= each[0]) {
            return each[1] + (driver - each[0] >= 1000 ? 10 : 0);
        }
    }
    return 60;
}

// In the memory of the context's device.
void placeVariables(Module& m) {
    for (const Variable& v : m.text.variables) {
        if (v.space != "global" && v.space != "const") {
            continue;
        }
        uint64_t address = deviceMemory().allocate(m.context.device, v.bytes, settings().memory);
        if (!address) {
            throw Fault{OUT_OF_MEMORY, "no place for " + v.name};
        }
        std::vector<uint8_t> initial = v.initial;
        initial.resize(v.bytes);
        copyIn(address, initial.data(), v.bytes);
        m.symbols[v.name] = address;
    }
}

void keepText(const ModuleText& module, const char* text) {
    if (!settings().ptxFolder.empty() && !module.entries.empty()) {
        std::string file = settings().ptxFolder + "/" + module.entries[0].name + ".ptx";
        if (FILE* out = std::fopen(file.c_str(), "w")) {
            std::fputs(text, out);
            std::fclose(out);
        }
    }
}

int load(void** handle, const char* text) {
    REQUIRE(text[0] != '\177', NO_BINARY_FOR_GPU)
    std::unique_ptr<Module> made(new Module{*current, {}, {}, {}});
    try {
        made->text = parsePtx(text);
        keepText(made->text, text);
        int version = std::atoi(made->text.version.c_str()) * 10
                + std::atoi(made->text.version.c_str() + made->text.version.find('.') + 1);
        REQUIRE(version <= newestPtx(settings().driverVersion), UNSUPPORTED_PTX_VERSION)
        REQUIRE(made->text.target <= settings().capability, NO_BINARY_FOR_GPU)
        placeVariables(*made);
        for (const EntryText& each : made->text.entries) {
            made->kernels[each.name] = decode(made->text, each, made->symbols);
        }
    } catch (const PtxError& e) {
        return report({INVALID_PTX, e.what()}, nullptr);
    } catch (const Fault& fault) {
        return report(fault, nullptr);
    }
    for (auto& each : made->kernels) {
        state().kernels[each.second.get()] = current;
    }
    *handle = made.get();
    state().modules.insert(made.release());
    return SUCCESS;
}

int blocksOfMultiprocessor(const Kernel& k, int threads, uint64_t dynamicShared) {
    int byThreads = 2048 / ((threads + 31) / 32 * 32);
    // How many registers the assembler would take is not known, but a bound that the kernel is compiled for is.
    int bound = k.text.minBlocks > 0 ? k.text.minBlocks * std::max(1, k.text.maxThreads / threads) : byThreads;
    uint64_t shared = (k.staticShared + dynamicShared + 1024 + 255) / 256 * 256;
    int byShared = (int) ((uint64_t) settings().sharedOfMultiprocessor / shared);
    return std::max(0, std::min({byThreads, bound, byShared, 32}));
}

int launch(Kernel* k, const Shape& shape, void* streamHandle, void** parameters) {
    Stream* stream = streamOf(streamHandle);
    // Both must be of the context that the thread works in.
    REQUIRE(stream && &stream->context == current && isKernel(k) && state().kernels[k] == current, INVALID_HANDLE)
    uint64_t threads = (uint64_t) shape.block[0] * shape.block[1] * shape.block[2];
    REQUIRE(threads > 0 && shape.blocks() > 0 && threads <= 1024 && shape.block[2] <= 64, INVALID_VALUE)
    REQUIRE(threads <= (uint64_t) k->text.maxThreads, INVALID_VALUE)
    REQUIRE(shape.grid[0] <= 0x7fffffffu && shape.grid[1] <= 65535 && shape.grid[2] <= 65535, INVALID_VALUE)
    REQUIRE(shape.dynamicShared + k->staticShared <= (uint64_t) std::max(k->allowedShared, 48 << 10), INVALID_VALUE)
    if (shape.cooperative) {
        uint64_t most = (uint64_t) blocksOfMultiprocessor(*k, (int) threads, shape.dynamicShared)
                * (uint64_t) settings().multiprocessors;
        REQUIRE(shape.blocks() <= most, COOPERATIVE_TOO_LARGE)
    }
    std::vector<uint8_t> blob(k->parameterBytes);
    uint64_t at = 0;
    for (size_t p = 0; p < k->text.parameters.size(); p++) {
        const Variable& v = k->text.parameters[p];
        REQUIRE(parameters && parameters[p], INVALID_VALUE)
        at = (at + v.align - 1) / v.align * v.align;
        std::memcpy(blob.data() + at, parameters[p], v.bytes);
        at += v.bytes;
    }
    give(*stream, [k, shape, context = current, blob = std::move(blob)] {
        Launch made(*k, shape, context->device, context->peers, blob);
        execute(made);
    });
    return SUCCESS;
}

}  // namespace

API cuModuleLoadData(void** module, const void* image) { ENTER_CONTEXT return load(module, (const char*) image); }
API cuModuleLoadDataEx(void** module, const void* image, unsigned, int*, void**) {
    return cuModuleLoadData(module, image);
}
API cuModuleUnload(void* module) {
    ENTER_CONTEXT
    Module* m = (Module*) module;
    REQUIRE(isModule(m), INVALID_HANDLE)
    runAll(&m->context);
    for (auto& each : m->kernels) {
        state().kernels.erase(each.second.get());
    }
    for (auto& each : m->symbols) {
        deviceMemory().free(each.second, false);
    }
    state().modules.erase(m);
    delete m;
    return SUCCESS;
}
API cuModuleGetFunction(void** function, void* module, const char* name) {
    ENTER_CONTEXT
    Module* m = (Module*) module;
    REQUIRE(isModule(m), INVALID_HANDLE)
    auto found = m->kernels.find(name);
    REQUIRE(found != m->kernels.end(), NOT_FOUND)
    *function = found->second.get();
    return SUCCESS;
}
API cuFuncSetAttribute(void* function, int which, int value) {
    ENTER_CONTEXT
    REQUIRE(isKernel(function), INVALID_HANDLE)
    Kernel* k = (Kernel*) function;
    if (which == 8) {
        REQUIRE(value >= 0 && value + (int) k->staticShared <= settings().sharedOfBlock, INVALID_VALUE)
        k->allowedShared = value + (int) k->staticShared;
    }
    return SUCCESS;
}
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* function, int threads, size_t shared) {
    ENTER_CONTEXT
    REQUIRE(isKernel(function), INVALID_HANDLE)
    REQUIRE(threads > 0 && threads <= 1024, INVALID_VALUE)
    *blocks = blocksOfMultiprocessor(*(Kernel*) function, threads, shared);
    return SUCCESS;
}
API cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void* stream, void** parameters, void** extra) {
    ENTER_CONTEXT
    REQUIRE(!extra, INVALID_VALUE)
    return launch((Kernel*) function, {{gx, gy, gz}, {bx, by, bz}, shared, false}, stream, parameters);
}
API cuLaunchCooperativeKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                              unsigned bz, unsigned shared, void* stream, void** parameters) {
    ENTER_CONTEXT
    return launch((Kernel*) function, {{gx, gy, gz}, {bx, by, bz}, shared, true}, stream, parameters);
}
