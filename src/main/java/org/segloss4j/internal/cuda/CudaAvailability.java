package org.segloss4j.internal.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cuda.compile.Binding;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.compile.MissingLibrary;
import org.segloss4j.internal.cuda.compile.Uninterrupted.Once;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.Drivers;
import org.segloss4j.internal.cuda.driver.KernelDevices;
import org.segloss4j.internal.cuda.driver.Probe;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/**
 * Whether the CUDA backend can be used here. This is found out once, by trying everything that the backend needs. The
 * first failure is kept as the cause.
 */
public final class CudaAvailability {

    private final String cause;
    private final LossBackend backend;
    private final List<String> devices;
    private final CudaDevices driven;
    private final Supplier<CompileLadder> ladder;

    /** Looked for only when needed: it starts processes and loads a library of 100 MB. */
    private static final Once<CompileLadder> COMPILERS = new Once<>(CompileLadder::standard);
    /** The one place where the driver, the compilers and the backend of this process are put together. */
    private static final Once<CudaAvailability> HERE = new Once<>(() ->
            new CudaAvailability(Drivers::open, COMPILERS::get, CudaAvailability::backend));

    private static LossBackend backend(KernelDevices devices) {
        return new CudaBackend(devices, LaunchPolicy.configured());
    }

    CudaAvailability(Supplier<Driver> driver, Supplier<CompileLadder> ladder,
                     Function<KernelDevices, LossBackend> backends) {
        this.ladder = ladder;
        List<String> lines = new ArrayList<>();
        LossBackend made = null;
        String against = null;
        CudaDevices all = null;
        try {
            all = new CudaDevices(driver.get(), ladder);
            lines.addAll(all.report());
            lines.add("kernels: " + Probe.run(all.device(all.current())));
            made = backends.apply(all);
        } catch (LinkageError e) {
            // The first use of JCuda throws UnsatisfiedLinkError, a later one would throw NoClassDefFoundError.
            against = "no CUDA driver: " + MissingLibrary.cause(e);
        } catch (CudaException | KernelCompilationException e) {
            against = String.join("; ", e.getMessage().strip().split("\\s*\\R\\s*"));
        }
        if (against != null && all != null) {
            against = closed(all, against);
        }
        this.cause = against;
        this.backend = made;
        this.devices = List.copyOf(lines);
        this.driven = all;
    }

    private static String closed(CudaDevices all, String cause) {
        try {
            all.close();
            return cause;
        } catch (CudaException e) {
            return cause + "; " + e.getMessage();
        }
    }

    /**
     * Why the backend cannot be used here.
     *
     * @return one line, or null if it can be used
     */
    public static String cause() {
        return HERE.get().why();
    }

    /**
     * The backend.
     *
     * @return the one of this process
     * @throws IllegalStateException if it cannot be used here; names the cause
     */
    public static LossBackend backend() {
        return HERE.get().made();
    }

    /**
     * What there is of CUDA here: driver, devices, who compiles kernels, the cache; and what is missing and why.
     *
     * @return lines for people
     */
    public static List<String> report() {
        List<String> lines = new ArrayList<>(HERE.get().lines());
        lines.add(1, "driver called through: " + Binding.ofDriver());
        return lines;
    }

    /**
     * The device to which this thread's arrays of the host go.
     *
     * @return for people
     * @throws IllegalStateException if the backend cannot be used here; names the cause
     */
    public static String device() {
        HERE.get().made();
        return HERE.get().driven.currentWithReason();
    }

    /** The compilers of this process. */
    public static CompileLadder compilers() {
        return COMPILERS.get();
    }

    String why() {
        return cause;
    }

    LossBackend made() {
        if (cause != null) {
            throw new IllegalStateException("the CUDA backend is not available: " + cause);
        }
        return backend;
    }

    List<String> lines() {
        List<String> all = new ArrayList<>();
        all.add(cause == null ? "cuda: available" : "cuda: not available: " + cause);
        all.addAll(devices);
        all.addAll(ladder.get().report());
        return all;
    }
}
