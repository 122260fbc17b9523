package org.segloss4j;

import java.util.Arrays;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** What a test needs of the machine. Missing, the test is skipped with the reason, or fails if it is required. */
public final class Need {

    /** Names, separated by commas, that must not be missing. */
    private static final String REQUIRED = System.getProperty("segloss4j.test.require", "");
    /** Names, separated by commas, of what a run does without: another run has it. */
    private static final String WITHOUT = System.getProperty("segloss4j.test.without", "");

    private Need() {
    }

    /**
     * Goes on only if there is no cause against it.
     *
     * @param what  name for {@code -Dsegloss4j.test.require}
     * @param cause why it is missing, or null
     */
    public static void present(String what, String cause) {
        if (cause == null) {
            return;
        }
        if (isRequired(what)) {
            Assertions.fail(what + " is required but missing: " + cause);
        }
        System.out.println("skipped, because " + what + " is missing: " + cause);
        Assumptions.abort(what + " is missing: " + cause);
    }

    /**
     * Whether something must not be missing.
     *
     * @param what name for {@code -Dsegloss4j.test.require}
     */
    public static boolean isRequired(String what) {
        return Arrays.asList(REQUIRED.split(",")).contains(what);
    }

    /**
     * Why a run does without something, or null if it does not.
     *
     * @param what name for {@code -Dsegloss4j.test.without}
     */
    public static String leftOut(String what) {
        return Arrays.asList(WITHOUT.split(",")).contains(what) ? "-Dsegloss4j.test.without=" + WITHOUT : null;
    }
}
