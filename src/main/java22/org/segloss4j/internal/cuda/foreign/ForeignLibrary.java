package org.segloss4j.internal.cuda.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** A native library that stays loaded, and its functions. */
final class ForeignLibrary {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final int LAZY = 1;

    private final String name;
    private final SymbolLookup symbols;

    /**
     * Loads a library from where the system looks for it, unless it is loaded already.
     *
     * @throws UnsatisfiedLinkError with the linker's own words if it cannot be loaded
     */
    @SuppressWarnings("restricted")
    ForeignLibrary(String name) {
        this.name = name;
        try {
            this.symbols = SymbolLookup.libraryLookup(name, Arena.global());
        } catch (IllegalArgumentException e) {
            throw (LinkageError) new UnsatisfiedLinkError(cause(name)).initCause(e);
        }
    }

    /** A call of a function. */
    interface Call {
        int run() throws Throwable;
    }

    /** Calls a function that gives an int; none throws anything. */
    static int call(Call call) {
        try {
            return call.run();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static IllegalStateException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(e);
    }

    /**
     * A function that gives an int, as calls of CUDA do.
     *
     * @throws UnsatisfiedLinkError if the library lacks it
     */
    @SuppressWarnings("restricted")
    MethodHandle function(String symbol, MemoryLayout... arguments) {
        MemorySegment address = symbols.find(symbol).orElseThrow(() -> new UnsatisfiedLinkError(name + " has no "
                + symbol + ", so it is of a version that is not supported"));
        return LINKER.downcallHandle(address, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /** A function that gives the name of an int, or null if the library lacks it. */
    @SuppressWarnings("restricted")
    MethodHandle optional(String symbol, FunctionDescriptor descriptor) {
        return symbols.find(symbol).map(address -> LINKER.downcallHandle(address, descriptor)).orElse(null);
    }

    /** A text of the library, up to its NUL. */
    @SuppressWarnings("restricted")
    static String text(MemorySegment pointer) {
        return pointer.reinterpret(Long.MAX_VALUE).getString(0);
    }

    /** Why a library cannot be loaded, which the JDK does not tell. */
    @SuppressWarnings("restricted")
    private static String cause(String name) {
        MemorySegment open = LINKER.defaultLookup().find("dlopen").orElse(null);
        MemorySegment error = LINKER.defaultLookup().find("dlerror").orElse(null);
        if (open != null && error != null) {
            MethodHandle opening = LINKER.downcallHandle(open, FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
            MethodHandle telling = LINKER.downcallHandle(error, FunctionDescriptor.of(ADDRESS));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment handle = (MemorySegment) opening.invokeExact(arena.allocateFrom(name), LAZY);
                MemorySegment told = (MemorySegment) telling.invokeExact();
                if (handle.address() == 0 && told.address() != 0) {
                    return text(told);
                }
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }
        return name + " cannot be loaded";
    }
}
