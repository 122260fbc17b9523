package org.segloss4j.internal.cuda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.compile.CacheFolder;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.ShippedPtx;
import org.segloss4j.internal.cuda.compile.Target;
import org.segloss4j.internal.cuda.driver.Probe;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.VariantList;

/** Compiles kernels before they are needed: into the cache, or to files. Needs a compiler, but no driver or device. */
public final class AheadOfTime {

    private final List<KernelText> kernels;
    private final CompileLadder ladder;

    AheadOfTime(List<KernelText> kernels, CompileLadder ladder) {
        this.kernels = List.copyOf(kernels);
        this.ladder = ladder;
    }

    /**
     * The kernels for some numbers of classes and element types, as the launch policy of now asks for them.
     *
     * @param classes  each C, or 0 for kernels that take any
     * @param elements types of predictions
     * @return what compiles them
     * @throws IllegalStateException    if the sources of the kernels are missing
     * @throws IllegalArgumentException if a number is negative, or a type is not one of predictions
     */
    public static AheadOfTime of(List<Integer> classes, List<ElementType> elements) {
        for (int count : classes) {
            if (count < 0) {
                throw new IllegalArgumentException("number of classes is " + count + ", but must be at least 0");
            }
        }
        for (ElementType element : elements) {
            if (element.integer()) {
                throw new IllegalArgumentException("predictions cannot be " + element);
            }
        }
        List<KernelText> all = new ArrayList<>(List.of(Probe.KERNEL));
        VariantList.of(classes, elements, LaunchPolicy.configured())
                .forEach(variant -> all.add(KernelText.of(variant)));
        return new AheadOfTime(all, CudaAvailability.compilers());
    }

    /**
     * Number of kernels.
     *
     * @return for each architecture
     */
    public int size() {
        return kernels.size();
    }

    /**
     * Compiles all kernels, which leaves them in the cache.
     *
     * @param architectures like {@code sm_80}, or {@code compute_80} for PTX that newer devices run, too
     * @param done          called after each kernel, from any thread
     * @return the files by their names, PTX with the index by which the library finds it
     * @throws IllegalArgumentException   if an architecture is neither
     * @throws KernelCompilationException if a kernel cannot be compiled; carries the log
     */
    public Map<String, byte[]> compile(List<String> architectures, Runnable done) {
        List<Target> targets = architectures.stream().map(Target::parse).toList();
        Map<String, byte[]> files = new ConcurrentSkipListMap<>();
        Map<String, String> index = new ConcurrentSkipListMap<>();
        kernels.parallelStream().flatMap(kernel -> targets.stream().map(target -> Map.entry(kernel, target)))
                .forEach(pair -> {
                    KernelText kernel = pair.getKey();
                    Target target = pair.getValue();
                    byte[] code = ladder.compile(kernel, target).bytes();
                    boolean ptx = target.kind() == Target.Kind.PTX;
                    String file = ptx ? ShippedPtx.file(kernel.symbol(), target.capability())
                            : kernel.symbol() + "." + target + ".cubin";
                    files.put(file, code);
                    if (ptx) {
                        index.put(file, ShippedPtx.indexLine(kernel, target.capability()) + "\n");
                    }
                    done.run();
                });
        Map<String, byte[]> all = new TreeMap<>(files);
        if (!index.isEmpty()) {
            all.put(ShippedPtx.INDEX, String.join("", index.values()).getBytes(StandardCharsets.UTF_8));
        }
        return all;
    }

    /**
     * Checks that compiled kernels can be kept.
     *
     * @throws IllegalStateException if not; names the folder and says why
     */
    public void checkCache() {
        ladder.checkCache();
    }

    /**
     * Where compiled kernels are kept.
     *
     * @return the folder
     */
    public static String cache() {
        return CacheFolder.configured().toString();
    }
}
