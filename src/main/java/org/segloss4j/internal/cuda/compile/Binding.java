package org.segloss4j.internal.cuda.compile;

import java.util.Locale;
import java.util.function.Supplier;

/**
 * Through what the CUDA driver and NVRTC are called. JCuda comes with native code for some platforms and for NVRTC 12;
 * java.lang.foreign needs no native code, but a newer JDK.
 *
 * @param foreign whether through java.lang.foreign
 * @param reason  why, for people
 * @param lack    why java.lang.foreign cannot be used although it is needed, or null
 */
public record Binding(boolean foreign, String reason, String lack) {

    /** The system property that chooses: auto, jcuda or foreign. */
    public static final String PROPERTY = "segloss4j.cuda.binding";

    /**
     * The binding of the driver, by the system property, by what JCuda brings, and by the JDK.
     *
     * @throws IllegalArgumentException if the property makes no sense
     */
    public static Binding ofDriver() {
        return of(setting(), JCudaNatives.lacking("JCudaDriver"), ForeignClasses.lacking());
    }

    /** The same for NVRTC of some version. */
    static Binding ofNvrtc(int version) {
        return of(setting(), version == JCUDA_NVRTC ? JCudaNatives.lacking("JNvrtc")
                : "JCuda knows NVRTC " + JCUDA_NVRTC + " only", ForeignClasses.lacking());
    }

    /** The version of NVRTC for which JCuda was made. */
    static final int JCUDA_NVRTC = 12;

    private static String setting() {
        return System.getProperty(PROPERTY, "auto");
    }

    /**
     * Chooses.
     *
     * @param setting the system property's value
     * @param jcuda   what JCuda lacks, or null
     * @param foreign why java.lang.foreign cannot be used, or null
     */
    static Binding of(String setting, String jcuda, String foreign) {
        return switch (setting.toLowerCase(Locale.ROOT)) {
            case "auto" -> jcuda == null ? new Binding(false, "the default", null)
                    : foreign == null ? new Binding(true, "since " + jcuda, null)
                    : new Binding(false, "although " + jcuda + "; " + foreign, foreign);
            case "jcuda" -> new Binding(false, "forced by -D" + PROPERTY, null);
            case "foreign" -> new Binding(true, "forced by -D" + PROPERTY, foreign);
            default -> throw new IllegalArgumentException("-D" + PROPERTY + " is " + setting
                    + ", but must be auto, jcuda or foreign");
        };
    }

    /**
     * Opens native code.
     *
     * @param type      the interface of its calls
     * @param jcuda     the implementation by JCuda
     * @param name      the simple name of the implementation by java.lang.foreign
     * @param arguments what that one's constructor takes
     * @throws LinkageError if something is missing; says what
     */
    public <T> T open(Class<T> type, Supplier<T> jcuda, String name, String... arguments) {
        if (foreign) {
            if (lack != null) {
                throw new UnsatisfiedLinkError(lack);
            }
            return ForeignClasses.make(type, name, arguments);
        }
        try {
            return jcuda.get();
        } catch (LinkageError e) {
            if (lack == null) {
                throw e;
            }
            throw (LinkageError) new UnsatisfiedLinkError(MissingLibrary.cause(e) + "; " + lack).initCause(e);
        }
    }

    @Override
    public String toString() {
        return (foreign ? "java.lang.foreign" : "JCuda") + ", " + reason;
    }
}
