package org.segloss4j.internal.loss;

import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that chooses the backend of a call, by the settings and by where the arrays lie.
 *
 * @param setting what was asked for
 * @param backend the backend
 * @param reason  why it was chosen
 */
public record BackendChoice(String setting, LossBackend backend, String reason) {

    /** The system property that selects the backend. */
    public static final String PROPERTY = "segloss4j.backend";
    /** The environment variable that selects the backend if the property is not set. */
    public static final String VARIABLE = "SEGLOSS4J_BACKEND";
    /** The system property with the number of logits from which on arrays of the host go to a CUDA device. */
    public static final String THRESHOLD = "segloss4j.cuda.hostThreshold";

    // Users of the public class look for its name in logs.
    private static final Logger LOG = LoggerFactory.getLogger("org.segloss4j.Backends");
    private static final LossBackend REFERENCE = new ReferenceBackend();
    private static final LossBackend CPU = new CpuBackend();
    /** What has been logged: a few kinds of decisions, however many calls and thresholds there are. */
    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    /**
     * Chooses the backend of a call.
     *
     * @param onDevice whether the arrays lie on CUDA devices
     * @param logits   number of predictions, N·C·S
     * @return the choice
     * @throws IllegalStateException    if the forced backend is not available; names the cause
     * @throws IllegalArgumentException if a setting makes no sense; names it
     */
    public static BackendChoice of(boolean onDevice, long logits) {
        String property = System.getProperty(PROPERTY);
        String variable = property == null ? System.getenv(VARIABLE) : null;
        String setting = property != null ? property : variable != null ? variable : "auto";
        String source = property != null ? "-D" + PROPERTY : VARIABLE;
        String forced = "forced by " + source;
        BackendChoice choice = switch (setting.toLowerCase(Locale.ROOT)) {
            case "auto" -> onDevice ? ofDeviceArrays(setting) : ofHostArrays(setting, logits);
            case "cpu" -> new BackendChoice(setting, CPU, forced);
            case "reference" -> new BackendChoice(setting, REFERENCE, forced);
            case "cuda" -> new BackendChoice(setting, forcedCuda(source), forced);
            default -> throw new IllegalArgumentException(source + " is " + setting
                    + ", but must be auto, cpu, reference or cuda");
        };
        if (TOLD.add(setting + onDevice + choice.backend.name())) {
            LOG.info("backend {}: {}", choice.backend.name(), choice.reason);
        }
        return choice;
    }

    private static BackendChoice ofDeviceArrays(String setting) {
        String cause = CudaAvailability.cause();
        return cause == null
                ? new BackendChoice(setting, CudaAvailability.backend(), "auto; arrays are on a CUDA device")
                : new BackendChoice(setting, CPU,
                        "auto; arrays are on a CUDA device and copied, as cuda is not available: " + cause);
    }

    private static BackendChoice ofHostArrays(String setting, long logits) {
        // Looking for CUDA would cost memory on the device and a moment at the start.
        String threshold = System.getProperty(THRESHOLD);
        if (threshold == null) {
            return new BackendChoice(setting, CPU,
                    "auto; arrays of the host stay there unless -D" + THRESHOLD + " is set");
        }
        if (!threshold.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("-D" + THRESHOLD + " is " + threshold
                    + ", but must be a number of logits, 0 or more");
        }
        if (logits < Long.parseLong(threshold)) {
            return new BackendChoice(setting, CPU, "auto; arrays of the host have fewer than " + threshold + " logits");
        }
        String cause = CudaAvailability.cause();
        return cause == null ? new BackendChoice(setting, CudaAvailability.backend(),
                "auto; arrays of the host have " + threshold + " logits or more")
                : new BackendChoice(setting, CPU, "auto; cuda is not available: " + cause);
    }

    private static LossBackend forcedCuda(String source) {
        String cause = CudaAvailability.cause();
        if (cause != null) {
            throw new IllegalStateException("backend cuda, forced by " + source + ", is not available: " + cause);
        }
        return CudaAvailability.backend();
    }
}
