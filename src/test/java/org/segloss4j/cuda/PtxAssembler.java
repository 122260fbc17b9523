package org.segloss4j.cuda;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/** NVIDIA's PTX assembler as JCuda brings it, with no CUDA installed; it knows PTX up to ISA 8.0. */
final class PtxAssembler {

    private PtxAssembler() {
    }

    /** Assembles; what the assembler says is the image's log. */
    static KernelImage assemble(byte[] ptx, Target target) {
        // Ends with NUL although its length is given.
        byte[] text = Arrays.copyOf(ptx, ptx.length + 1);
        nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
        check(handle, JNvPTXCompiler.nvPTXCompilerCreate(handle, text.length, text));
        try {
            check(handle, JNvPTXCompiler.nvPTXCompilerCompile(handle, 2,
                    new String[] {"--gpu-name=" + target, "--verbose"}));
            long[] size = new long[1];
            check(handle, JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize(handle, size));
            byte[] cubin = new byte[Math.toIntExact(size[0])];
            check(handle, JNvPTXCompiler.nvPTXCompilerGetCompiledProgram(handle, cubin));
            check(handle, JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size));
            byte[] log = new byte[Math.toIntExact(size[0]) + 1];
            check(handle, JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, log));
            return new KernelImage(cubin, target, "JNvPTXCompiler",
                    new String(log, StandardCharsets.US_ASCII).replace("\0", ""));
        } finally {
            JNvPTXCompiler.nvPTXCompilerDestroy(handle);
        }
    }

    private static void check(nvPTXCompilerHandle handle, int result) {
        if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
            long[] size = new long[1];
            JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
            byte[] log = new byte[Math.toIntExact(size[0]) + 1];
            JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log);
            throw new KernelCompilationException(nvPTXCompileResult.stringFor(result) + "\n"
                    + new String(log, StandardCharsets.US_ASCII).replace("\0", "").strip());
        }
    }
}
