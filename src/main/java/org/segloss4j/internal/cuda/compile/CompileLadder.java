package org.segloss4j.internal.cuda.compile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Counted;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ways to get compiled code, best first; compilers use the disk cache. If a way is missing, fails, or makes code
 * that the driver refuses, the next one is tried. If all fail, the error names all reasons.
 */
public final class CompileLadder {

    private static final Logger LOG = LoggerFactory.getLogger(CompileLadder.class);

    private final List<Rung> rungs;
    private final DiskCache cache;

    /** A ladder of the given ways, best first. */
    public CompileLadder(List<Rung> rungs, DiskCache cache) {
        this.rungs = List.copyOf(rungs);
        this.cache = cache;
    }

    /** NVRTC, nvcc, what other compilers left in the cache, and the PTX of the jar. */
    public static CompileLadder standard() {
        DiskCache cache = new DiskCache(CacheFolder.configured());
        return new CompileLadder(List.of(NvrtcLibrary.compiler(), NvccCompiler.find(),
                Rung.of(new CachedByOthers(cache)), ShippedPtx.find()), cache);
    }

    /**
     * Checks that what is compiled can be kept.
     *
     * @throws IllegalStateException if not; says why
     */
    public void checkCache() {
        try {
            cache.check();
        } catch (IOException e) {
            throw new IllegalStateException("the kernel cache " + cache + " is not used: " + e.getMessage() + "; set -D"
                    + CacheFolder.PROPERTY, e);
        }
    }

    /**
     * One way to compiled code.
     *
     * @param name     for people
     * @param compiler the way, or null if it is missing
     * @param cause    why it is missing, or null
     */
    public record Rung(String name, KernelCompiler compiler, String cause) {

        /** A way that is here. */
        public static Rung of(KernelCompiler compiler) {
            return new Rung(compiler.name(), compiler, null);
        }

        /** A way that is missing, and why. */
        public static Rung missing(String name, String cause) {
            return new Rung(name, null, cause);
        }
    }

    /** Loads compiled code into the driver. */
    public interface Loader<T> {

        /**
         * Loads.
         *
         * @throws RefusedException if this code is of no use here, but another's might be
         */
        public T load(KernelImage image) throws RefusedException;
    }

    /** Code was compiled but cannot be used. */
    public static final class RefusedException extends Exception {

        private static final long serialVersionUID = 1L;

        public RefusedException(String message) {
            super(message);
        }
    }

    /**
     * Compiles and loads a kernel by the first way that works.
     *
     * @param capability compute capability of the device, 90 for 9.0
     * @throws KernelCompilationException if none works; carries all reasons and logs
     */
    public <T> T load(KernelText kernel, int capability, Loader<T> loader) {
        List<String> missing = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        for (Rung rung : rungs) {
            if (rung.compiler() == null) {
                missing.add(rung.name() + ": " + rung.cause());
                continue;
            }
            try {
                KernelImage image = image(kernel, rung.compiler(), rung.compiler().target(capability));
                T loaded = loader.load(image);
                if (failed.isEmpty()) {
                    LOG.debug("{}: {} by {}", kernel.symbol(), image.target(), image.origin());
                } else {
                    LOG.warn("{}: {} by {} is used, because before it {}", kernel.symbol(), image.target(),
                            image.origin(), String.join("; ", failed));
                }
                return loaded;
            } catch (KernelCompilationException e) {
                // The cache or the jar may lack a kernel. This is no failure that a warning should name.
                (rung.compiler().cacheable() ? failed : missing).add(rung.name() + ": " + e.getMessage());
            } catch (RefusedException e) {
                failed.add(rung.compiler().id() + ": " + e.getMessage());
            }
        }
        failed.addAll(missing);
        throw new KernelCompilationException("no code of " + kernel.symbol() + " for compute capability "
                + capability / 10 + "." + capability % 10 + ":\n" + String.join("\n", failed));
    }

    /** Whether some compiler makes code for such devices, whatever it then says of a kernel. */
    public boolean compiles(int capability) {
        return rungs.stream().map(Rung::compiler).filter(compiler -> compiler != null && compiler.cacheable())
                .anyMatch(compiler -> {
                    try {
                        compiler.target(capability);
                        return true;
                    } catch (KernelCompilationException e) {
                        return false;
                    }
                });
    }

    /**
     * The variant to run for the chosen one. This is the chosen one, unless no compiler is here, its code is not here,
     * and code of a variant is that does the same with fewer choices. Of a sweep that counts, it may be one that does
     * not.
     */
    public KernelVariant available(KernelVariant chosen, int capability) {
        List<KernelVariant> others = chosen.withFewerChoices();
        boolean isOnly = others.equals(List.of(chosen)) && !chosen.counting();
        if (isOnly || compiles(capability) || isHere(chosen, capability)) {
            return chosen;
        }
        return others.stream().filter(each -> isHere(each, capability)).findFirst().orElseGet(
                () -> chosen.counting() ? available(chosen.counting(Counted.NOTHING), capability) : chosen);
    }

    /** Whether the cache or the jar has code of a variant. */
    private boolean isHere(KernelVariant variant, int capability) {
        KernelText kernel = KernelText.of(variant);
        return rungs.stream().map(Rung::compiler).filter(compiler -> compiler != null && !compiler.cacheable())
                .anyMatch(compiler -> {
                    try {
                        compiler.compile(kernel, compiler.target(capability));
                        return true;
                    } catch (KernelCompilationException e) {
                        return false;
                    }
                });
    }

    /**
     * Compiles ahead of time by the first compiler that can.
     *
     * @throws KernelCompilationException if none can; carries all reasons and logs
     */
    public KernelImage compile(KernelText kernel, Target target) {
        List<String> reasons = new ArrayList<>();
        for (Rung rung : rungs) {
            if (rung.compiler() == null) {
                reasons.add(rung.name() + ": " + rung.cause());
            } else if (rung.compiler().cacheable()) {
                try {
                    return image(kernel, rung.compiler(), target);
                } catch (KernelCompilationException e) {
                    reasons.add(e.getMessage());
                }
            }
        }
        throw new KernelCompilationException("no " + target + " code of " + kernel.symbol() + ":\n"
                + String.join("\n", reasons));
    }

    private KernelImage image(KernelText kernel, KernelCompiler compiler, Target target) {
        Optional<KernelImage> cached = compiler.cacheable() ? cache.read(kernel, target, compiler) : Optional.empty();
        if (cached.isPresent()) {
            return cached.get();
        }
        KernelImage image = compiler.compile(kernel, target);
        if (compiler.cacheable()) {
            cache.write(kernel, image, compiler);
        }
        return image;
    }

    /** One line per way, and one about the cache. */
    public List<String> report() {
        List<String> lines = new ArrayList<>();
        for (Rung rung : rungs) {
            if (rung.compiler() == null) {
                lines.add("compiler " + rung.name() + ": not available: " + rung.cause());
            } else if (rung.compiler().cacheable()) {
                lines.add("compiler " + rung.compiler());
            } else {
                lines.add(rung.compiler().toString());
            }
        }
        lines.add("kernel cache: " + cache);
        return lines;
    }
}
