package org.segloss4j.internal.cuda.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.segloss4j.internal.cuda.foreign.ForeignLibrary.call;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.segloss4j.internal.cuda.compile.Nvrtc;

/** NVRTC through java.lang.foreign, whatever its version. */
final class ForeignNvrtc implements Nvrtc {

    private final MethodHandle getErrorString;
    private final MethodHandle version;
    private final MethodHandle getNumSupportedArchs;
    private final MethodHandle getSupportedArchs;
    private final MethodHandle createProgram;
    private final MethodHandle compileProgram;
    private final MethodHandle getProgramLogSize;
    private final MethodHandle getProgramLog;
    private final MethodHandle getPtxSize;
    private final MethodHandle getPtx;
    private final MethodHandle getCubinSize;
    private final MethodHandle getCubin;
    private final MethodHandle destroyProgram;

    /**
     * Loads the library.
     *
     * @throws LinkageError if it, or a function of it, is missing
     */
    ForeignNvrtc(String name) {
        ForeignLibrary library = new ForeignLibrary(name);
        getErrorString = library.optional("nvrtcGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
        version = library.function("nvrtcVersion", ADDRESS, ADDRESS);
        getNumSupportedArchs = library.function("nvrtcGetNumSupportedArchs", ADDRESS);
        getSupportedArchs = library.function("nvrtcGetSupportedArchs", ADDRESS);
        createProgram = library.function("nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        compileProgram = library.function("nvrtcCompileProgram", JAVA_LONG, JAVA_INT, ADDRESS);
        getProgramLogSize = library.function("nvrtcGetProgramLogSize", JAVA_LONG, ADDRESS);
        getProgramLog = library.function("nvrtcGetProgramLog", JAVA_LONG, ADDRESS);
        getPtxSize = library.function("nvrtcGetPTXSize", JAVA_LONG, ADDRESS);
        getPtx = library.function("nvrtcGetPTX", JAVA_LONG, ADDRESS);
        getCubinSize = library.function("nvrtcGetCUBINSize", JAVA_LONG, ADDRESS);
        getCubin = library.function("nvrtcGetCUBIN", JAVA_LONG, ADDRESS);
        destroyProgram = library.function("nvrtcDestroyProgram", ADDRESS);
    }

    @Override
    public String errorName(int result) {
        MemorySegment[] name = {MemorySegment.NULL};
        if (getErrorString != null) {
            call(() -> {
                name[0] = (MemorySegment) getErrorString.invokeExact(result);
                return SUCCESS;
            });
        }
        return name[0].address() == 0 ? "nvrtcResult " + result : ForeignLibrary.text(name[0]);
    }

    @Override
    public int version(int[] major, int[] minor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment first = arena.allocate(JAVA_INT);
            MemorySegment second = arena.allocate(JAVA_INT);
            int result = call(() -> (int) version.invokeExact(first, second));
            major[0] = first.get(JAVA_INT, 0);
            minor[0] = second.get(JAVA_INT, 0);
            return result;
        }
    }

    @Override
    public int architectureCount(int[] count) {
        return ints(count, getNumSupportedArchs);
    }

    @Override
    public int architectures(int[] known) {
        return ints(known, getSupportedArchs);
    }

    private static int ints(int[] values, MethodHandle function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment written = arena.allocate(JAVA_INT, values.length);
            int result = call(() -> (int) function.invokeExact(written));
            MemorySegment.copy(written, JAVA_INT, 0, values, 0, values.length);
            return result;
        }
    }

    @Override
    public int createProgram(String text, String name, long[] program) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment made = arena.allocate(JAVA_LONG);
            MemorySegment source = arena.allocateFrom(text);
            MemorySegment named = arena.allocateFrom(name);
            int result = call(() -> (int) createProgram.invokeExact(made, source, named, 0, MemorySegment.NULL,
                    MemorySegment.NULL));
            program[0] = made.get(JAVA_LONG, 0);
            return result;
        }
    }

    @Override
    public int compileProgram(long program, String[] options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointers = arena.allocate(ADDRESS, options.length);
            for (int k = 0; k < options.length; k++) {
                pointers.setAtIndex(ADDRESS, k, arena.allocateFrom(options[k]));
            }
            return call(() -> (int) compileProgram.invokeExact(program, options.length, pointers));
        }
    }

    @Override
    public int programLog(long program, String[] log) {
        return text(program, log, getProgramLogSize, getProgramLog);
    }

    @Override
    public int ptx(long program, String[] ptx) {
        return text(program, ptx, getPtxSize, getPtx);
    }

    private static int text(long program, String[] text, MethodHandle size, MethodHandle get) {
        long[] bytes = new long[1];
        int result = size(program, bytes, size);
        if (result != SUCCESS) {
            return result;
        }
        try (Arena arena = Arena.ofConfined()) {
            // With a NUL in the end also if the library counted none.
            MemorySegment written = arena.allocate(bytes[0] + 1);
            result = call(() -> (int) get.invokeExact(program, written));
            text[0] = written.getString(0);
            return result;
        }
    }

    @Override
    public int cubinSize(long program, long[] size) {
        return size(program, size, getCubinSize);
    }

    private static int size(long program, long[] size, MethodHandle function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment written = arena.allocate(JAVA_LONG);
            int result = call(() -> (int) function.invokeExact(program, written));
            size[0] = written.get(JAVA_LONG, 0);
            return result;
        }
    }

    @Override
    public int cubin(long program, byte[] cubin) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment written = arena.allocate(cubin.length);
            int result = call(() -> (int) getCubin.invokeExact(program, written));
            MemorySegment.copy(written, JAVA_BYTE, 0, cubin, 0, cubin.length);
            return result;
        }
    }

    @Override
    public int destroyProgram(long program) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocateFrom(JAVA_LONG, program);
            return call(() -> (int) destroyProgram.invokeExact(handle));
        }
    }
}
