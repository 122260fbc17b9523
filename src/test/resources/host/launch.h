// Runs the blocks of a launch: threads as fibers, warp by warp, in an order drawn from a seed. See device.h.

static void hostFiberMain() {
    for (;;) {
        hostRun(hostArguments);
        hostYield(HOST_DONE, 0);
    }
}

// Goes on with a fiber until it waits.
static void hostResume(int thread, bool isNew) {
    hostCurrent = thread;
    threadIdx.x = (unsigned) thread;
    if (_setjmp(hostScheduler) == 0) {
        if (!isNew) {
            _longjmp(hostFibers[thread].at, 1);
        }
        ucontext_t context;
        getcontext(&context);
        context.uc_stack.ss_sp = hostFibers[thread].stack;
        context.uc_stack.ss_size = HOST_STACK;
        context.uc_link = nullptr;
        makecontext(&context, hostFiberMain, 0);
        setcontext(&context);
    }
}

// Runs a warp until its threads wait for the block or are done.
static bool hostRunWarp(int warp, uint64_t& seed, bool isNew) {
    for (;;) {
        unsigned first = hostRandom(seed);
        unsigned step = hostRandom(seed) | 1;
        int waiting = 0;
        for (unsigned k = 0; k < 32; k++) {
            int thread = warp * 32 + (int) ((first + k * step) % 32);
            if (hostFibers[thread].state == HOST_READY) {
                hostResume(thread, isNew);
            }
            waiting += hostFibers[thread].state == HOST_AT_WARP;
        }
        isNew = false;
        if (waiting == 0) {
            return true;
        }
        for (int lane = 0; lane < 32; lane++) {
            HostFiber& fiber = hostFibers[warp * 32 + lane];
            if (waiting < 32 || fiber.tag != hostFibers[warp * 32].tag) {
                snprintf(hostError, sizeof hostError, "threads of warp %d of block %u wait at different places", warp,
                         blockIdx.x);
                return false;
            }
        }
        for (int lane = 0; lane < 32; lane++) {
            hostFibers[warp * 32 + lane].state = HOST_READY;
        }
    }
}

enum HostEnd { HOST_ENDS, HOST_SLEEPS, HOST_FAILS };

// Runs a block until its threads are done or some of them wait for other blocks.
static HostEnd hostRunBlock(HostBlock& block, int threads, size_t sharedBytes, uint64_t& seed, bool isNew,
                            bool isFirst) {
    hostFibers = block.fibers;
    for (int t = 0; t < threads; t++) {
        HostFiber& fiber = hostFibers[t];
        if (isFirst) {
            fiber.calls = fiber.groups = 0;
            fiber.copies.clear();
        }
        fiber.state = isFirst || fiber.state == HOST_ASLEEP ? HOST_READY : fiber.state;
    }
    if (isFirst) {
        memset(segShared, 0xff, sharedBytes + HOST_GUARD);
    }
    int warps = threads / 32;
    for (int done = 0; done < threads;) {
        unsigned first = hostRandom(seed);
        bool backwards = hostRandom(seed) & 1;
        for (int k = 0; k < warps; k++) {
            int warp = (int) ((first + (unsigned) (backwards ? warps - k : k)) % (unsigned) warps);
            if (!hostRunWarp(warp, seed, isNew)) {
                return HOST_FAILS;
            }
        }
        isNew = false;
        done = 0;
        int asleep = 0;
        for (int t = 0; t < threads; t++) {
            done += hostFibers[t].state == HOST_DONE;
            asleep += hostFibers[t].state == HOST_ASLEEP;
        }
        if (done == 0 && asleep != 0) {
            return HOST_SLEEPS;
        }
        if (done != 0 && done != threads) {
            snprintf(hostError, sizeof hostError, "%d of %d threads of block %u never reach a barrier", done, threads,
                     blockIdx.x);
            return HOST_FAILS;
        }
        for (int t = 0; t < threads && done == 0; t++) {
            hostFibers[t].state = HOST_READY;
            hostBarriers++;
        }
    }
    for (size_t k = sharedBytes; k < sharedBytes + HOST_GUARD; k++) {
        if (((const unsigned char*) segShared)[k] != 0xff) {
            snprintf(hostError, sizeof hostError, "block %u writes beyond its %zu bytes of shared memory", blockIdx.x,
                     sharedBytes);
            return HOST_FAILS;
        }
    }
    return HOST_ENDS;
}

// A block with stacks for its threads.
static HostBlock& hostBlock(size_t number, int threads) {
    while (hostBlocks.size() <= number) {
        hostBlocks.push_back(new HostBlock());
    }
    for (int t = 0; t < threads; t++) {
        if (hostBlocks[number]->fibers[t].stack == nullptr) {
            hostBlocks[number]->fibers[t].stack = (char*) malloc(HOST_STACK);
        }
    }
    return *hostBlocks[number];
}

// Runs blocks that wait for one another, in rounds, each block in its turn as far as it can go.
static bool hostRunTogether(int blocks, int threads, size_t sharedBytes, uint64_t& seed) {
    int ended = 0;
    for (int round = 0; ended < blocks; round++) {
        uint64_t before = hostBarriers;
        unsigned first = hostRandom(seed);
        for (int k = 0; k < blocks; k++) {
            blockIdx.x = (first + (unsigned) k) % (unsigned) blocks;
            HostBlock& block = hostBlock(blockIdx.x, threads);
            if (round > 0 && block.ended) {
                continue;
            }
            if (round > 0) {
                memcpy(segShared, block.shared.data(), block.shared.size());
            }
            HostEnd end = hostRunBlock(block, threads, sharedBytes, seed, round == 0, round == 0);
            if (end == HOST_FAILS) {
                return false;
            }
            block.ended = end == HOST_ENDS;
            ended += block.ended;
            const char* shared = (const char*) segShared;
            block.shared.assign(shared, shared + sharedBytes + HOST_GUARD);
        }
        if (ended < blocks && hostBarriers == before) {
            snprintf(hostError, sizeof hostError, "%d of %d blocks wait for ever", blocks - ended, blocks);
            return false;
        }
    }
    return true;
}

static bool hostRunInTurn(int blocks, int threads, size_t sharedBytes, uint64_t& seed) {
    unsigned first = hostRandom(seed);
    bool backwards = hostRandom(seed) & 1;
    for (int k = 0; k < blocks; k++) {
        blockIdx.x = (first + (unsigned) (backwards ? blocks - k : k)) % (unsigned) blocks;
        HostEnd end = hostRunBlock(hostBlock(0, threads), threads, sharedBytes, seed, k == 0, true);
        if (end == HOST_SLEEPS) {
            snprintf(hostError, sizeof hostError, "block %u waits for blocks that may not be there", blockIdx.x);
        }
        if (end != HOST_ENDS || hostMisaligned) {
            return false;
        }
    }
    return true;
}

// Runs a grid, its blocks in an order drawn from the seed. Returns null or what went wrong.
static const char* hostLaunch(void (*run)(const void*), const void* arguments, int blocks, int threads, int sharedBytes,
                              uint64_t seed, bool cooperative) {
    static std::mutex mutex;
    std::lock_guard<std::mutex> lock(mutex);
    if (threads % 32 != 0 || threads > HOST_THREADS || sharedBytes > (int) HOST_SHARED || blocks < 1) {
        return "the launch has too many threads or too much shared memory";
    }
    hostMisaligned = false;
    hostRun = run;
    hostArguments = arguments;
    hostCopySeed = seed;
    blockDim.x = (unsigned) threads;
    gridDim.x = (unsigned) blocks;
    bool ends = cooperative ? hostRunTogether(blocks, threads, (size_t) sharedBytes, seed)
            : hostRunInTurn(blocks, threads, (size_t) sharedBytes, seed);
    return hostMisaligned ? "a wide access is not aligned" : ends ? nullptr : hostError;
}
