package org.segloss4j.internal.cuda.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.ParameterBytes;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/** The kernels that one device has loaded; what is not loaded yet is compiled. Safe for use by several threads. */
final class LoadedKernels {

    /** CUresults that mean that this code cannot be used here, while that of another compiler might be. */
    private static final Set<Integer> REFUSED = Set.of(
            200 /* INVALID_IMAGE */, 209 /* NO_BINARY_FOR_GPU */, 218 /* INVALID_PTX */,
            221 /* JIT_COMPILER_NOT_FOUND */, 222 /* UNSUPPORTED_PTX_VERSION */, 223 /* JIT_COMPILATION_DISABLED */,
            300 /* INVALID_SOURCE */, 500 /* NOT_FOUND */);

    private final Driver driver;
    private final CompileLadder ladder;
    private final int capability;
    private final Map<KernelVariant, Kernel> variants = new ConcurrentHashMap<>();
    private final Map<KernelVariant, KernelVariant> available = new ConcurrentHashMap<>();
    private final List<Long> modules = new ArrayList<>();

    LoadedKernels(Driver driver, CompileLadder ladder, int capability) {
        this.driver = driver;
        this.ladder = ladder;
        this.capability = capability;
    }

    /**
     * A kernel that can be launched.
     *
     * @param symbol        its name
     * @param function      handle
     * @param argumentBytes size of its struct, or {@link ParameterBytes#UNKNOWN}
     * @param origin        what code it is and which compiler made it
     */
    record Kernel(String symbol, long function, int argumentBytes, String origin) {
    }

    /** The variant, or the one that stands for it where nothing compiles; see {@link CompileLadder#available}. */
    KernelVariant available(KernelVariant chosen) {
        return available.computeIfAbsent(chosen, variant -> ladder.available(variant, capability));
    }

    /**
     * The kernel of a variant. The device's context must be current.
     *
     * @throws KernelCompilationException if it cannot be compiled; carries the log
     * @throws CudaException              if loading fails for a reason that other code would not avoid
     */
    Kernel of(KernelVariant variant) {
        Kernel loaded = variants.get(variant);
        return loaded != null ? loaded : loadOnce(variant);
    }

    /** Synchronised, since two threads that need the same kernel would otherwise compile it twice. */
    private synchronized Kernel loadOnce(KernelVariant variant) {
        Kernel loaded = variants.get(variant);
        if (loaded == null) {
            try {
                loaded = load(KernelText.of(variant));
            } catch (KernelCompilationException e) {
                throw ladder.compiles(capability) ? e : new KernelCompilationException(e.getMessage() + "\nfor"
                        + " predictions " + variant.element() + " either nvcc has to be in CUDA_HOME or PATH, or"
                        + " org.bytedeco:cuda-redist on the class path, or the jar to be built with -Pptx,nvrtc"
                        + " -Dptx.types=" + variant.element().name().toLowerCase(Locale.ROOT), e);
            }
            variants.put(variant, loaded);
        }
        return loaded;
    }

    /** Compiles and loads a kernel, whether it is loaded already or not. */
    synchronized Kernel load(KernelText kernel) {
        return ladder.load(kernel, capability, image -> {
            String what = image.target() + " code of " + kernel.symbol() + " by " + image.origin();
            long[] module = new long[1];
            int result = driver.loadModule(image.forDriver(), module);
            check(result, "cuModuleLoadData", what);
            long[] function = new long[1];
            result = driver.function(module[0], kernel.symbol(), function);
            if (result != Driver.SUCCESS) {
                driver.unloadModule(module[0]);
                check(result, "cuModuleGetFunction", what);
            }
            modules.add(module[0]);
            return new Kernel(kernel.symbol(), function[0], ParameterBytes.of(image, kernel.symbol()),
                    image.target() + " by " + image.origin());
        });
    }

    private void check(int result, String call, String what) throws CompileLadder.RefusedException {
        if (result == Driver.SUCCESS) {
            return;
        }
        String message = call + " of " + what + ": " + driver.errorName(result);
        if (REFUSED.contains(result)) {
            throw new CompileLadder.RefusedException(message);
        }
        throw new CudaException(message);
    }

    /** Unloads all kernels. Returns the first CUresult that is an error, or success. */
    synchronized int unload() {
        int first = Driver.SUCCESS;
        for (long module : modules) {
            int result = driver.unloadModule(module);
            first = first == Driver.SUCCESS ? result : first;
        }
        modules.clear();
        variants.clear();
        return first;
    }
}
