package org.segloss4j.internal.nd4j;

import org.nd4j.linalg.factory.Nd4j;

/** The memory of the arrays of the ND4J backend that runs in this process. */
public final class Nd4jMemory {

    /** Loaded by name, since only users of nd4j-cuda have the classes that it calls. */
    private static final String OF_CUDA = "org.segloss4j.internal.nd4j.CudaArrayMemory";

    private Nd4jMemory() {
    }

    private static volatile ArrayMemory found;

    /**
     * The memory of this process's arrays. Starts ND4J if nobody has.
     *
     * @return always the same
     */
    public static ArrayMemory here() {
        // No static initialiser: what it throws would be a NoClassDefFoundError from the second call on.
        ArrayMemory memory = found;
        if (memory == null) {
            memory = Nd4j.getBackend().getClass().getSimpleName().equals("JCublasBackend") ? ofCuda()
                    : HostArrayMemory.INSTANCE;
            found = memory;
        }
        return memory;
    }

    private static ArrayMemory ofCuda() {
        try {
            return (ArrayMemory) Class.forName(OF_CUDA).getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalStateException("ND4J runs on JCublasBackend, but of a version whose arrays are not"
                    + " understood: " + e, e);
        }
    }
}
