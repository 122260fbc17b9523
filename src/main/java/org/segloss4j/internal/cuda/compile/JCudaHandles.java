package org.segloss4j.internal.cuda.compile;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import jcuda.NativePointerObject;

/** The private handle of JCuda's objects. Handles also come from elsewhere, such as ND4J's streams. */
public final class JCudaHandles {

    private static final VarHandle HANDLE;

    static {
        try {
            HANDLE = MethodHandles.privateLookupIn(NativePointerObject.class, MethodHandles.lookup())
                    .findVarHandle(NativePointerObject.class, "nativePointer", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private JCudaHandles() {
    }

    /** The object, which now stands for a handle. */
    public static <T extends NativePointerObject> T with(T object, long handle) {
        HANDLE.set(object, handle);
        return object;
    }

    /** The handle for which an object stands. */
    public static long of(NativePointerObject object) {
        return (long) HANDLE.get(object);
    }
}
