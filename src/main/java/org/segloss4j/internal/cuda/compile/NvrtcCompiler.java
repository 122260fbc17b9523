package org.segloss4j.internal.cuda.compile;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/** NVIDIA's run-time compiler, a library in this process; needs neither driver nor device. */
final class NvrtcCompiler extends InstalledCompiler {

    private static final int SUCCESS = nvrtcResult.NVRTC_SUCCESS;

    private NvrtcCompiler(String version, String library, NavigableSet<Integer> capabilities) {
        super("nvrtc", version, library, capabilities);
    }

    /**
     * Asks the library what it is.
     *
     * @param library where it was found, for people
     * @throws LinkageError               if JCuda or the library is missing
     * @throws KernelCompilationException if the library does not answer
     */
    static NvrtcCompiler open(String library) {
        JCudaNatives.load("JNvrtc", () -> JNvrtc.setExceptionsEnabled(false));
        int[] major = new int[1];
        int[] minor = new int[1];
        check("nvrtcVersion", JNvrtc.nvrtcVersion(major, minor));
        int[] count = new int[1];
        check("nvrtcGetNumSupportedArchs", JNvrtc.nvrtcGetNumSupportedArchs(count));
        int[] known = new int[count[0]];
        check("nvrtcGetSupportedArchs", JNvrtc.nvrtcGetSupportedArchs(known));
        NavigableSet<Integer> capabilities = new TreeSet<>();
        for (int capability : known) {
            capabilities.add(capability);
        }
        return new NvrtcCompiler(major[0] + "." + minor[0], library, capabilities);
    }

    @Override
    public KernelImage compile(KernelText kernel, Target target) {
        List<String> options = options(kernel, "--gpu-architecture=" + target, "--ptxas-options=-v");
        nvrtcProgram program = new nvrtcProgram();
        check("nvrtcCreateProgram", JNvrtc.nvrtcCreateProgram(program, kernel.text(), kernel.symbol() + ".cu", 0,
                null, null));
        try {
            int result = JNvrtc.nvrtcCompileProgram(program, options.size(), options.toArray(new String[0]));
            String[] log = {""};
            JNvrtc.nvrtcGetProgramLog(program, log);
            if (result != SUCCESS) {
                throw failure(kernel, target, nvrtcResult.stringFor(result) + "\n" + log[0].strip(), null);
            }
            return new KernelImage(code(program, target), target, id(), log[0]);
        } finally {
            JNvrtc.nvrtcDestroyProgram(program);
        }
    }

    private static byte[] code(nvrtcProgram program, Target target) {
        if (target.kind() == Target.Kind.PTX) {
            String[] ptx = new String[1];
            check("nvrtcGetPTX", JNvrtc.nvrtcGetPTX(program, ptx));
            return ptx[0].getBytes(StandardCharsets.US_ASCII);
        }
        long[] size = new long[1];
        check("nvrtcGetCUBINSize", JNvrtc.nvrtcGetCUBINSize(program, size));
        byte[] cubin = new byte[Math.toIntExact(size[0])];
        check("nvrtcGetCUBIN", JNvrtc.nvrtcGetCUBIN(program, cubin));
        return cubin;
    }

    private static void check(String call, int result) {
        if (result != SUCCESS) {
            throw new KernelCompilationException(call + ": " + nvrtcResult.stringFor(result));
        }
    }
}
