package org.segloss4j.internal.cuda.compile;

/**
 * The calls of NVRTC that are used, with no added logic: a program is a number, each call returns an nvrtcResult, and
 * other results are written to arrays of length one. There is one implementation for each {@link Binding}.
 */
public interface Nvrtc {

    /** nvrtcResult: it worked. */
    int SUCCESS = 0;

    /** nvrtcGetErrorString: the name of an nvrtcResult. */
    String errorName(int result);

    /** nvrtcVersion. */
    int version(int[] major, int[] minor);

    /** nvrtcGetNumSupportedArchs. */
    int architectureCount(int[] count);

    /** nvrtcGetSupportedArchs, as many as were counted: 90 is compute capability 9.0. */
    int architectures(int[] known);

    /** nvrtcCreateProgram, without headers. */
    int createProgram(String text, String name, long[] program);

    /** nvrtcCompileProgram. */
    int compileProgram(long program, String[] options);

    /** nvrtcGetProgramLog. */
    int programLog(long program, String[] log);

    /** nvrtcGetPTX. */
    int ptx(long program, String[] ptx);

    /** nvrtcGetCUBINSize. */
    int cubinSize(long program, long[] size);

    /** nvrtcGetCUBIN, into as many bytes as its size says. */
    int cubin(long program, byte[] cubin);

    /** nvrtcDestroyProgram. */
    int destroyProgram(long program);
}
