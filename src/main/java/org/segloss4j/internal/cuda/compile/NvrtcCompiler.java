package org.segloss4j.internal.cuda.compile;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** NVIDIA's run-time compiler, a library in this process; needs neither driver nor device. */
final class NvrtcCompiler extends InstalledCompiler {

    private final Nvrtc nvrtc;

    private NvrtcCompiler(Nvrtc nvrtc, String version, String library, NavigableSet<Integer> capabilities) {
        super("nvrtc", version, library, capabilities);
        this.nvrtc = nvrtc;
    }

    /**
     * Asks the library what it is.
     *
     * @param library where it was found and how it is called, for people
     * @throws KernelCompilationException if the library does not answer
     */
    static NvrtcCompiler of(Nvrtc nvrtc, String library) {
        int[] major = new int[1];
        int[] minor = new int[1];
        check(nvrtc, "nvrtcVersion", nvrtc.version(major, minor));
        int[] count = new int[1];
        check(nvrtc, "nvrtcGetNumSupportedArchs", nvrtc.architectureCount(count));
        int[] known = new int[count[0]];
        check(nvrtc, "nvrtcGetSupportedArchs", nvrtc.architectures(known));
        NavigableSet<Integer> capabilities = new TreeSet<>();
        for (int capability : known) {
            capabilities.add(capability);
        }
        return new NvrtcCompiler(nvrtc, major[0] + "." + minor[0], library, capabilities);
    }

    @Override
    public KernelImage compile(KernelText kernel, Target target) {
        List<String> options = options(kernel, "--gpu-architecture=" + target, "--ptxas-options=-v");
        long[] program = new long[1];
        check(nvrtc, "nvrtcCreateProgram", nvrtc.createProgram(kernel.text(), kernel.symbol() + ".cu", program));
        try {
            int result = nvrtc.compileProgram(program[0], options.toArray(new String[0]));
            String[] log = {""};
            nvrtc.programLog(program[0], log);
            if (result != Nvrtc.SUCCESS) {
                throw failure(kernel, target, nvrtc.errorName(result) + "\n" + log[0].strip(), null);
            }
            return new KernelImage(code(program[0], target), target, id(), log[0]);
        } finally {
            nvrtc.destroyProgram(program[0]);
        }
    }

    private byte[] code(long program, Target target) {
        if (target.kind() == Target.Kind.PTX) {
            String[] ptx = new String[1];
            check(nvrtc, "nvrtcGetPTX", nvrtc.ptx(program, ptx));
            return ptx[0].getBytes(StandardCharsets.US_ASCII);
        }
        long[] size = new long[1];
        check(nvrtc, "nvrtcGetCUBINSize", nvrtc.cubinSize(program, size));
        byte[] cubin = new byte[Math.toIntExact(size[0])];
        check(nvrtc, "nvrtcGetCUBIN", nvrtc.cubin(program, cubin));
        return cubin;
    }

    private static void check(Nvrtc nvrtc, String call, int result) {
        if (result != Nvrtc.SUCCESS) {
            throw new KernelCompilationException(call + ": " + nvrtc.errorName(result));
        }
    }
}
