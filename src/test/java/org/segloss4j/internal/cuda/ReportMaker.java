package org.segloss4j.internal.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.function.Function;
import org.segloss4j.internal.cuda.compile.Digest;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/**
 * Makes the assembler's reports of variants; the {@link CompilerCache} keeps those of variants that compile.
 *
 * @param name      what makes them for what, as the start of a file's name
 * @param identity  versions and options of everything that makes them
 * @param assembler compiles a variant and gives the assembler's log; fails where anything is wrong
 */
record ReportMaker(String name, String identity, Function<KernelVariant, String> assembler) {

    private String file(KernelVariant variant) {
        return name + "-" + variant.symbol() + "-"
                + Digest.of(KernelText.of(variant).hash(), identity).substring(0, 16) + ".txt";
    }

    /** Whether the report of a variant is here already. */
    boolean has(KernelVariant variant) {
        return CompilerCache.SHARED.has(file(variant));
    }

    /** The report of a variant. */
    AssemblerReport report(KernelVariant variant) {
        try {
            return AssemblerReport.of(Files.readString(CompilerCache.SHARED.file(file(variant),
                    file -> Files.writeString(file, assembler.apply(variant)))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
