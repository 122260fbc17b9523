package org.segloss4j.internal.cuda.compile;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says in one line why native code is missing; JCuda's own message has some forty. */
public final class MissingLibrary {

    private static final Pattern REASON = Pattern.compile("UnsatisfiedLinkError: (.+)");
    /** The file that JCuda unpacked and that needs the missing library. */
    private static final Pattern UNPACKED = Pattern.compile("^\\S*libJ\\w+-[^:]+: (?=\\S)");

    private MissingLibrary() {
    }

    /** The error of a JVM that lets no code call native code unless it is told to. */
    static UnsatisfiedLinkError denied(IllegalCallerException refused) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("native code may not be called: " + refused.getMessage()
                + "; allow it by --enable-native-access=ALL-UNNAMED");
        error.initCause(refused);
        return error;
    }

    /** The cause of an error of linking. */
    public static String cause(LinkageError error) {
        String message = String.valueOf(error.getMessage());
        if (error instanceof NoClassDefFoundError && message.startsWith("jcuda/")) {
            return "JCuda is not on the class path (" + message.replace('/', '.') + ")";
        }
        // A class whose loading failed before: its first error is what matters.
        if (error.getCause() instanceof ExceptionInInitializerError first) {
            message = String.valueOf(first.getMessage());
        }
        List<String> reasons = REASON.matcher(message).results().map(match -> match.group(1)).toList();
        String last = reasons.isEmpty() ? message.lines().findFirst().orElse(message)
                : reasons.get(reasons.size() - 1);
        Matcher unpacked = UNPACKED.matcher(last);
        return unpacked.find() ? last.substring(unpacked.end()) : last;
    }
}
