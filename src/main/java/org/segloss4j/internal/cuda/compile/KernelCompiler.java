package org.segloss4j.internal.cuda.compile;

import java.util.List;

/** Makes code from the text of a kernel. Safe for use by several threads. */
public interface KernelCompiler {

    /** Options that every compiler gets; part of the identity of what is compiled. */
    List<String> OPTIONS = List.of("-std=c++17");

    /** Name for people and file names: letters and digits. */
    String name();

    /** Version; together with the name it identifies the code that is made. */
    String version();

    /**
     * The best code that it can make for a device.
     *
     * @throws KernelCompilationException if it makes none that such a device runs
     */
    Target target(int capability);

    /**
     * Compiles.
     *
     * @throws KernelCompilationException if that fails; carries kernel, compiler and log
     */
    KernelImage compile(KernelText kernel, Target target);

    /** Whether its output is worth keeping in the disk cache. */
    default boolean cacheable() {
        return true;
    }

    /** Name and version. */
    default String id() {
        return name() + " " + version();
    }
}
