package org.segloss4j.internal.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.segloss4j.internal.cuda.compile.Digest;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.Target;

/** Registers of PTX made into machine code: by the nvcc that made it, else by the assembler that JCuda brings. */
public final class PtxRegisters {

    private PtxRegisters() {
    }

    /** The assembler's report for the compute capability that the PTX was made for; kept, since it takes a second. */
    public static AssemblerReport of(KernelImage ptx, String compiler) {
        Target target = Target.cubin(ptx.target().capability());
        String name = "registers-" + target + "-" + Digest.of(compiler, target.toString(),
                new String(ptx.bytes(), StandardCharsets.US_ASCII)).substring(0, 16) + ".txt";
        try {
            return AssemblerReport.of(Files.readString(CompilerCache.SHARED.file(name, file -> Files.writeString(file,
                    compiler.startsWith("nvcc") ? nvcc(ptx, target, file.resolveSibling("kernel.ptx"))
                            : PtxAssembler.assemble(PtxAssembler.older(ptx.bytes()), target).log()))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String nvcc(KernelImage ptx, Target target, Path file) throws IOException {
        Files.write(file, ptx.bytes());
        return HostCompiler.run(List.of("nvcc", "-cubin", "-arch=" + target, "-Xptxas", "-v", file.toString(), "-o",
                file.resolveSibling("kernel.cubin").toString()));
    }
}
