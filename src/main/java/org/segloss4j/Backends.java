package org.segloss4j;

import java.util.List;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.loss.BackendChoice;

/**
 * Selects the backend: {@code -Dsegloss4j.backend=auto|cpu|reference|cuda}, or the environment variable
 * {@code SEGLOSS4J_BACKEND}, which the property overrides. A backend that is forced and missing is an error with its
 * cause, never a quiet change. {@code auto} decides call by call: arrays on a CUDA device are left there, arrays of the
 * host go to one only from {@code -Dsegloss4j.cuda.hostThreshold} logits on. Each kind of decision is logged once.
 *
 * <pre>{@code
 * for (Backends.Availability backend : Backends.availability()) {
 *     System.out.println(backend.name() + ": " + (backend.available() ? "available" : backend.cause()));
 * }
 * }</pre>
 *
 * <p>The settings are read at each call. All methods may be called by several threads. The first question whether CUDA
 * is available creates a context on a device and compiles a kernel or reads it from the cache, which can take seconds;
 * the answer is kept.
 *
 * @since 0.1.0
 */
public final class Backends {

    /** The system property that selects the backend. */
    public static final String PROPERTY = BackendChoice.PROPERTY;
    /** The environment variable that selects the backend if the property is not set. */
    public static final String VARIABLE = BackendChoice.VARIABLE;
    /**
     * The system property with the number of logits, N·C·S, from which on {@code auto} takes arrays of the host to a
     * CUDA device. Without it they stay on the CPU, and CUDA is not even looked for.
     */
    public static final String THRESHOLD = BackendChoice.THRESHOLD;

    /**
     * The system property with the number of the CUDA device that serves arrays of the host, where the thread has no
     * current device as threads of ND4J's CUDA backend have; 0 without it. The devices are those that the driver shows,
     * so CUDA_VISIBLE_DEVICES numbers them. It is read once.
     */
    public static final String DEVICE = CudaDevices.PROPERTY;

    private Backends() {
    }

    /**
     * Which backend is used for small arrays of the host, and why.
     *
     * @return the selection
     * @throws IllegalStateException    if the forced backend is not available; names the cause
     * @throws IllegalArgumentException if a setting makes no sense; names it
     */
    public static Selection selection() {
        return selection(false, 0);
    }

    /**
     * Which backend is used for a batch, and why.
     *
     * @param onDevice whether ND4J's arrays lie on CUDA devices
     * @param logits   number of predictions, N·C·S
     * @return the selection
     * @throws IllegalStateException    if the forced backend is not available; names the cause
     * @throws IllegalArgumentException if a setting makes no sense; names it
     */
    public static Selection selection(boolean onDevice, long logits) {
        BackendChoice choice = BackendChoice.of(onDevice, logits);
        return new Selection(choice.setting(), choice.backend().name(), choice.reason());
    }

    /**
     * All backends and whether they can be used here.
     *
     * @return one row each
     */
    public static List<Availability> availability() {
        return List.of(new Availability("cuda", CudaAvailability.cause()), new Availability("cpu", null),
                new Availability("reference", null));
    }

    /**
     * A backend that was selected.
     *
     * @param setting what was asked for
     * @param name    name of the backend
     * @param reason  why it was selected
     */
    public record Selection(String setting, String name, String reason) {
    }

    /**
     * Whether a backend can be used here.
     *
     * @param name  name of the backend
     * @param cause why it cannot be used, or null if it can
     */
    public record Availability(String name, String cause) {

        /**
         * Whether the backend can be used.
         *
         * @return true if there is no cause against it
         */
        public boolean available() {
            return cause == null;
        }
    }
}
