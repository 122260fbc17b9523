package org.segloss4j.internal.cuda.compile;

import static org.segloss4j.internal.cuda.compile.JCudaHandles.with;

import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/** NVRTC through JCuda, which knows version 12 alone. */
final class JCudaNvrtc implements Nvrtc {

    /**
     * Loads JCuda.
     *
     * @throws LinkageError if JCuda or libnvrtc.so.12 is missing
     */
    JCudaNvrtc() {
        JCudaNatives.load("JNvrtc", () -> JNvrtc.setExceptionsEnabled(false));
    }

    private static nvrtcProgram program(long handle) {
        return with(new nvrtcProgram(), handle);
    }

    @Override
    public String errorName(int result) {
        return nvrtcResult.stringFor(result);
    }

    @Override
    public int version(int[] major, int[] minor) {
        return JNvrtc.nvrtcVersion(major, minor);
    }

    @Override
    public int architectureCount(int[] count) {
        return JNvrtc.nvrtcGetNumSupportedArchs(count);
    }

    @Override
    public int architectures(int[] known) {
        return JNvrtc.nvrtcGetSupportedArchs(known);
    }

    @Override
    public int createProgram(String text, String name, long[] program) {
        nvrtcProgram made = new nvrtcProgram();
        int result = JNvrtc.nvrtcCreateProgram(made, text, name, 0, null, null);
        program[0] = JCudaHandles.of(made);
        return result;
    }

    @Override
    public int compileProgram(long program, String[] options) {
        return JNvrtc.nvrtcCompileProgram(program(program), options.length, options);
    }

    @Override
    public int programLog(long program, String[] log) {
        return JNvrtc.nvrtcGetProgramLog(program(program), log);
    }

    @Override
    public int ptx(long program, String[] ptx) {
        return JNvrtc.nvrtcGetPTX(program(program), ptx);
    }

    @Override
    public int cubinSize(long program, long[] size) {
        return JNvrtc.nvrtcGetCUBINSize(program(program), size);
    }

    @Override
    public int cubin(long program, byte[] cubin) {
        return JNvrtc.nvrtcGetCUBIN(program(program), cubin);
    }

    @Override
    public int destroyProgram(long program) {
        return JNvrtc.nvrtcDestroyProgram(program(program));
    }
}
