package org.segloss4j.internal.cuda.compile;

import java.util.Locale;
import java.util.NavigableSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What code is made for.
 *
 * @param kind       machine code or PTX
 * @param capability compute capability without its dot: 90 is 9.0
 */
public record Target(Kind kind, int capability) {

    private static final Pattern NAME = Pattern.compile("(sm|compute)_(\\d{2,3})");

    /** Forms of compiled code. */
    public enum Kind {
        /** Machine code of one architecture. */
        CUBIN("sm_"),
        /** Text that the driver compiles for any architecture from its own on. */
        PTX("compute_");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }

        /** The ending of a file's name, without its dot. */
        String extension() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Machine code of a compute capability. */
    public static Target cubin(int capability) {
        return new Target(Kind.CUBIN, capability);
    }

    /** PTX that runs from a compute capability on. */
    public static Target ptx(int capability) {
        return new Target(Kind.PTX, capability);
    }

    /**
     * Reads {@code sm_80} or {@code compute_80}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static Target parse(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("architecture " + name + " is neither like sm_80 nor like compute_80");
        }
        int capability = Integer.parseInt(matcher.group(2));
        return matcher.group(1).equals("sm") ? cubin(capability) : ptx(capability);
    }

    /**
     * The best that a compiler can make for a device: its machine code, or the newest PTX that it can run.
     *
     * @param compiler   for the message
     * @param known      compute capabilities that the compiler knows
     * @param capability of the device
     * @throws KernelCompilationException if it can make nothing for it
     */
    static Target best(String compiler, NavigableSet<Integer> known, int capability) {
        if (known.contains(capability)) {
            return cubin(capability);
        }
        Integer older = known.floor(capability);
        if (older == null) {
            throw new KernelCompilationException(compiler + " makes no code for compute capability "
                    + capability / 10 + "." + capability % 10 + ", only from "
                    + (known.isEmpty() ? "none" : known.first() / 10 + "." + known.first() % 10) + " on");
        }
        return ptx(older);
    }

    /** As compilers name it: {@code sm_80} or {@code compute_80}. */
    @Override
    public String toString() {
        return kind.prefix + capability;
    }
}
