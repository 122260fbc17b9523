package org.segloss4j;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.segloss4j.backend.LossBackend;
import org.segloss4j.cpu.CpuBackend;
import org.segloss4j.cpu.ReferenceBackend;
import org.segloss4j.cuda.CudaAvailability;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Selects the backend: {@code -Dsegloss4j.backend=auto|cpu|reference|cuda}, or the environment variable
 * {@code SEGLOSS4J_BACKEND}, which the property overrides. A backend that is forced and missing is an error with its
 * cause, never a quiet change.
 */
public final class Backends {

    /** The system property that selects the backend. */
    public static final String PROPERTY = "segloss4j.backend";
    /** The environment variable that selects the backend if the property is not set. */
    public static final String VARIABLE = "SEGLOSS4J_BACKEND";

    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
    private static final LossBackend REFERENCE = new ReferenceBackend();
    private static final LossBackend CPU = new CpuBackend();
    private static final AtomicReference<Selection> LAST = new AtomicReference<>();

    private Backends() {
    }

    /**
     * The backend that losses and metrics use. Setting the property later takes effect at the next call.
     *
     * @return the backend
     * @throws IllegalStateException    if the forced backend is not available; names the cause
     * @throws IllegalArgumentException if the setting names no backend
     */
    public static LossBackend selected() {
        return selection().backend();
    }

    /**
     * Which backend is used, and why.
     *
     * @return the selection
     * @throws IllegalStateException    if the forced backend is not available; names the cause
     * @throws IllegalArgumentException if the setting names no backend
     */
    public static Selection selection() {
        String property = System.getProperty(PROPERTY);
        String variable = property == null ? System.getenv(VARIABLE) : null;
        String setting = property != null ? property : variable != null ? variable : "auto";
        Selection last = LAST.get();
        if (last != null && last.setting().equals(setting)) {
            return last;
        }
        Selection selection = select(setting, property != null ? "-D" + PROPERTY : VARIABLE);
        LAST.set(selection);
        LOG.info("backend {}: {}", selection.backend().name(), selection.reason());
        return selection;
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

    private static Selection select(String setting, String source) {
        return switch (setting.toLowerCase(Locale.ROOT)) {
            case "auto" -> automatic(setting);
            case "cpu" -> new Selection(setting, CPU, "forced by " + source);
            case "reference" -> new Selection(setting, REFERENCE, "forced by " + source);
            case "cuda" -> new Selection(setting, cuda(source), "forced by " + source);
            default -> throw new IllegalArgumentException(source + " is " + setting
                    + ", but must be auto, cpu, reference or cuda");
        };
    }

    private static Selection automatic(String setting) {
        String cause = CudaAvailability.cause();
        // From which size on arrays in the host's memory gain from a GPU is not known before it is measured on one.
        return new Selection(setting, CPU, cause == null ? "auto; cuda is available, but only used when forced"
                : "auto; cuda is not available: " + cause);
    }

    private static LossBackend cuda(String source) {
        String cause = CudaAvailability.cause();
        if (cause != null) {
            throw new IllegalStateException("backend cuda, forced by " + source + ", is not available: " + cause);
        }
        return CudaAvailability.backend();
    }

    /**
     * A backend that was selected.
     *
     * @param setting what was asked for
     * @param backend the backend
     * @param reason  why it was selected
     */
    public record Selection(String setting, LossBackend backend, String reason) {
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
