package org.segloss4j;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Selects the backend: {@code -Dsegloss4j.backend=auto|cpu|reference|cuda}, or the environment variable
 * {@code SEGLOSS4J_BACKEND}, which the property overrides. A backend that is forced and missing is an error with its
 * cause, never a quiet change. {@code auto} decides call by call: arrays on a CUDA device are left there, arrays of the
 * host go to one only from {@code -Dsegloss4j.cuda.hostThreshold} logits on. Each kind of decision is logged once.
 */
public final class Backends {

    /** The system property that selects the backend. */
    public static final String PROPERTY = "segloss4j.backend";
    /** The environment variable that selects the backend if the property is not set. */
    public static final String VARIABLE = "SEGLOSS4J_BACKEND";
    /**
     * The system property with the number of logits, N·C·S, from which on {@code auto} takes arrays of the host to a
     * CUDA device. Without it they stay on the CPU, and CUDA is not even looked for.
     */
    public static final String THRESHOLD = "segloss4j.cuda.hostThreshold";

    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
    private static final LossBackend REFERENCE = new ReferenceBackend();
    private static final LossBackend CPU = new CpuBackend();
    private static final Map<Question, Selection> DECIDED = new ConcurrentHashMap<>();

    private Backends() {
    }

    /** What a decision depends on; one that is forced depends on nothing else. */
    private record Question(String setting, String source, boolean onDevice, Long threshold, boolean reached) {

        static Question of(boolean onDevice, long logits) {
            String property = System.getProperty(PROPERTY);
            String variable = property == null ? System.getenv(VARIABLE) : null;
            String setting = property != null ? property : variable != null ? variable : "auto";
            String source = property != null ? "-D" + PROPERTY : VARIABLE;
            if (!setting.equalsIgnoreCase("auto") || onDevice) {
                return new Question(setting, source, onDevice && setting.equalsIgnoreCase("auto"), null, false);
            }
            Long threshold = thresholdSet();
            return new Question(setting, source, false, threshold, threshold != null && logits >= threshold);
        }

        private static Long thresholdSet() {
            String text = System.getProperty(THRESHOLD);
            if (text == null) {
                return null;
            }
            if (!text.matches("[0-9]{1,18}")) {
                throw new IllegalArgumentException("-D" + THRESHOLD + " is " + text
                        + ", but must be a number of logits, 0 or more");
            }
            return Long.valueOf(text);
        }
    }

    /**
     * The backend that losses and metrics use for small arrays of the host. Setting a property later takes effect at
     * the next call.
     *
     * @return the backend
     * @throws IllegalStateException    if the forced backend is not available; names the cause
     * @throws IllegalArgumentException if a setting makes no sense; names it
     */
    public static LossBackend selected() {
        return selection().backend();
    }

    /** The backend for a batch. */
    public static LossBackend selected(SegmentationBatch batch) {
        return selection(Nd4jMemory.here().onDevices(), batch.predictions().length()).backend();
    }

    /** The backend that counts labels, wherever they lie: those of the host are not worth a copy. */
    public static LossBackend selectedForLabels() {
        return selection(Nd4jMemory.here().onDevices(), 0).backend();
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
        Question question = Question.of(onDevice, logits);
        Selection decided = DECIDED.get(question);
        if (decided != null) {
            return decided;
        }
        Selection selection = select(question);
        if (DECIDED.putIfAbsent(question, selection) == null) {
            LOG.info("backend {}: {}", selection.backend().name(), selection.reason());
        }
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

    private static Selection select(Question question) {
        String setting = question.setting;
        String source = question.source;
        return switch (setting.toLowerCase(Locale.ROOT)) {
            case "auto" -> automatic(question);
            case "cpu" -> new Selection(setting, CPU, "forced by " + source);
            case "reference" -> new Selection(setting, REFERENCE, "forced by " + source);
            case "cuda" -> new Selection(setting, cuda(source), "forced by " + source);
            default -> throw new IllegalArgumentException(source + " is " + setting
                    + ", but must be auto, cpu, reference or cuda");
        };
    }

    private static Selection automatic(Question question) {
        String setting = question.setting;
        Long threshold = question.threshold;
        if (!question.onDevice && !question.reached) {
            // Looking for CUDA would cost memory on the device and a moment at the start.
            return new Selection(setting, CPU, threshold == null
                    ? "auto; arrays of the host stay there unless -D" + THRESHOLD + " is set"
                    : "auto; arrays of the host have fewer than " + threshold + " logits");
        }
        String cause = CudaAvailability.cause();
        if (cause == null) {
            return new Selection(setting, CudaAvailability.backend(), question.onDevice
                    ? "auto; arrays are on a CUDA device" : "auto; arrays of the host have " + threshold
                    + " logits or more");
        }
        return new Selection(setting, CPU, (question.onDevice ? "auto; arrays are on a CUDA device and copied, as cuda"
                : "auto; cuda") + " is not available: " + cause);
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
