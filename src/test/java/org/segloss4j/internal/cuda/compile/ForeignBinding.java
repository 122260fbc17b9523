package org.segloss4j.internal.cuda.compile;

import org.segloss4j.Need;

/** For tests that need java.lang.foreign. */
public final class ForeignBinding {

    private ForeignBinding() {
    }

    /** Skips the test on an older JDK. */
    public static void require() {
        Need.present("foreign", ForeignClasses.lacking());
    }

    /** Whether calls can go through it. */
    public static boolean isHere() {
        return ForeignClasses.lacking() == null;
    }
}
