package org.segloss4j.internal.cuda;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.segloss4j.internal.cuda.compile.JCudaNatives;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.Target;

/** NVIDIA's PTX assembler as JCuda brings it, with no CUDA installed; it knows PTX up to ISA 8.0. */
public final class PtxAssembler {

    private static final double NEWEST = 8.0;
    private static final Pattern VERSION = Pattern.compile("^\\.version (\\d+\\.\\d+)", Pattern.MULTILINE);

    static {
        // Else JVMs that start together may load a part.
        JCudaNatives.load("JNvPTXCompiler", () -> JNvPTXCompiler.setExceptionsEnabled(false));
    }

    private PtxAssembler() {
    }

    /**
     * The same text as one of the newest version that this assembler knows, if it says that it is newer. Newer
     * instructions in it are then errors.
     */
    public static byte[] older(byte[] ptx) {
        Matcher version = VERSION.matcher(new String(ptx, StandardCharsets.US_ASCII));
        boolean newer = version.find() && Double.parseDouble(version.group(1)) > NEWEST;
        return newer ? version.replaceFirst(".version " + NEWEST).getBytes(StandardCharsets.US_ASCII) : ptx;
    }

    /** Assembles; what the assembler says is the image's log. */
    public static KernelImage assemble(byte[] ptx, Target target) {
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
