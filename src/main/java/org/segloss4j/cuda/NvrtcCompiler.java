package org.segloss4j.cuda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/** NVIDIA's run-time compiler, a library in this process; needs neither driver nor device. */
final class NvrtcCompiler implements KernelCompiler {

    private static final int SUCCESS = nvrtcResult.NVRTC_SUCCESS;

    private final String version;
    private final String library;
    private final NavigableSet<Integer> capabilities = new TreeSet<>();

    /**
     * Asks the library for its version.
     *
     * @param library where it was found, for people
     * @throws LinkageError               if JCuda or the library is missing
     * @throws KernelCompilationException if the library does not answer
     */
    NvrtcCompiler(String library) {
        this.library = library;
        JCudaNatives.unpack("JNvrtc");
        int[] major = new int[1];
        int[] minor = new int[1];
        check("nvrtcVersion", JNvrtc.nvrtcVersion(major, minor));
        this.version = major[0] + "." + minor[0];
        int[] count = new int[1];
        check("nvrtcGetNumSupportedArchs", JNvrtc.nvrtcGetNumSupportedArchs(count));
        int[] known = new int[count[0]];
        check("nvrtcGetSupportedArchs", JNvrtc.nvrtcGetSupportedArchs(known));
        for (int capability : known) {
            capabilities.add(capability);
        }
    }

    @Override
    public String name() {
        return "nvrtc";
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public Target target(int capability) {
        return Target.best(id(), capabilities, capability);
    }

    @Override
    public KernelImage compile(KernelText kernel, Target target) {
        List<String> options = new ArrayList<>(OPTIONS);
        options.add("--gpu-architecture=" + target);
        options.add("--ptxas-options=-v");
        kernel.definitions().forEach(definition -> options.add("-D" + definition));
        nvrtcProgram program = new nvrtcProgram();
        check("nvrtcCreateProgram", JNvrtc.nvrtcCreateProgram(program, kernel.text(), kernel.symbol() + ".cu", 0,
                null, null));
        try {
            int result = JNvrtc.nvrtcCompileProgram(program, options.size(), options.toArray(new String[0]));
            String[] log = {""};
            JNvrtc.nvrtcGetProgramLog(program, log);
            if (result != SUCCESS) {
                throw new KernelCompilationException("cannot compile " + kernel.symbol() + " for " + target
                        + " with " + id() + ": " + nvrtcResult.stringFor(result) + "\n" + log[0].strip());
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

    @Override
    public String toString() {
        return id() + " (" + library + ")";
    }
}
