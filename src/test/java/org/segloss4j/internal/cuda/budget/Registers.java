package org.segloss4j.internal.cuda.budget;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.segloss4j.internal.cuda.AssemblerReport;
import org.segloss4j.internal.cuda.HostCompiler;
import org.segloss4j.internal.cuda.PtxAssembler;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.Target;

/**
 * What the machine code of some PTX takes: by the assembler of the nvcc that made it, or else by the one that JCuda
 * brings.
 */
final class Registers {

    private Registers() {
    }

    static AssemblerReport of(KernelImage ptx, int capability) {
        if (!ptx.origin().startsWith("nvcc")) {
            return AssemblerReport.of(PtxAssembler.assemble(PtxAssembler.older(ptx.bytes()), Target.cubin(capability))
                    .log());
        }
        try {
            Path file = Files.createTempFile("segloss4j-budget", ".ptx");
            try {
                Files.write(file, ptx.bytes());
                return AssemblerReport.of(HostCompiler.run(List.of("nvcc", "-cubin", "-arch=sm_" + capability,
                        "-Xptxas", "-v", file.toString(), "-o", "/dev/null")));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
