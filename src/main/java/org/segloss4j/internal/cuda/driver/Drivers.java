package org.segloss4j.internal.cuda.driver;

import org.segloss4j.internal.cuda.compile.Binding;

/** Opens the CUDA driver. */
public final class Drivers {

    private Drivers() {
    }

    /**
     * The driver of this machine, called through what {@link Binding} chooses.
     *
     * @throws LinkageError if the driver, or what calls it, is missing
     */
    public static Driver open() {
        // Not a reference to the constructor, which would ask for JCuda before its absence is expected.
        return Binding.ofDriver().open(Driver.class, () -> new JCudaDriverCalls(), "ForeignDriver");
    }
}
