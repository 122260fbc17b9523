package org.segloss4j.internal.cuda.compile;

/** Code in the disk cache that was made by a compiler that is not here, as in an image whose build stage had one. */
final class CachedByOthers implements KernelCompiler {

    private final DiskCache cache;

    CachedByOthers(DiskCache cache) {
        this.cache = cache;
    }

    @Override
    public String name() {
        return "cache of another compiler";
    }

    @Override
    public String version() {
        return "";
    }

    @Override
    public Target target(int capability) {
        return Target.cubin(capability);
    }

    @Override
    public KernelImage compile(KernelText kernel, Target target) {
        return cache.ofAnyCompiler(kernel, target).orElseThrow(() -> new KernelCompilationException(
                "no " + target + " code of " + kernel.symbol() + " in " + cache));
    }

    @Override
    public boolean cacheable() {
        return false;
    }

    @Override
    public String toString() {
        return "code of other compilers: what the kernel cache holds";
    }
}
