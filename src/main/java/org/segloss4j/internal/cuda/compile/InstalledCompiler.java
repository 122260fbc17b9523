package org.segloss4j.internal.cuda.compile;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** A compiler that was found somewhere and said what it is. */
abstract class InstalledCompiler implements KernelCompiler {

    private final String name;
    private final String version;
    private final String place;
    private final NavigableSet<Integer> capabilities;

    /**
     * Keeps what it said.
     *
     * @param place        where it was found, for people
     * @param capabilities the compute capabilities that it knows
     */
    InstalledCompiler(String name, String version, String place, NavigableSet<Integer> capabilities) {
        this.name = name;
        this.version = version;
        this.place = place;
        this.capabilities = new TreeSet<>(capabilities);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public Target target(int capability) {
        return Target.best(id(), capabilities, capability);
    }

    /** The compiler's own options, for the architecture, and then those that all compilers get. */
    static List<String> options(KernelText kernel, String... own) {
        List<String> options = new ArrayList<>(List.of(own));
        options.addAll(OPTIONS);
        kernel.definitions().forEach(definition -> options.add("-D" + definition));
        return options;
    }

    /** The error of a kernel that it does not compile. */
    KernelCompilationException failure(KernelText kernel, Target target, String said, Exception cause) {
        return new KernelCompilationException("cannot compile " + kernel.symbol() + " for " + target + " with " + this
                + ": " + said, cause);
    }

    @Override
    public String toString() {
        return id() + " (" + place + ")";
    }
}
