package org.segloss4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.Need;
import org.segloss4j.backend.ElementType;

/**
 * Compiles variants with nvcc and reads what the assembler reports: where loops are unrolled, nothing lies in local
 * memory. {@code -Dsegloss4j.test.require=nvcc} makes a missing compiler a failure.
 */
class NvccTest {

    @TempDir
    private static Path folder;

    @BeforeAll
    static void requireCompiler() {
        Need.present("nvcc", unavailable());
    }

    private static String unavailable() {
        try {
            HostCompiler.run(List.of("nvcc", "--version"));
            return null;
        } catch (UncheckedIOException | IllegalStateException e) {
            return "nvcc cannot be run: " + e.getMessage();
        }
    }

    /** Those of the shapes that the README gives times of. */
    static Stream<KernelVariant> main() {
        return HostVariants.SPECIAL.stream().filter(v -> v.classes() == 19 || v.classes() == 8);
    }

    @ParameterizedTest
    @MethodSource("main")
    void mainVariantsUseNoLocalMemory(KernelVariant variant) throws IOException {
        AssemblerReport report = compile(variant, "sm_90");
        assertThat(report.local()).as(report.toString()).isFalse();
        // So that two blocks of 256 threads fit on a multiprocessor.
        assertThat(report.registers()).isLessThanOrEqualTo(128);
    }

    /** Those that count, in every form. */
    static Stream<KernelVariant> counters() {
        return VariantList.of(List.of(), List.of(ElementType.FLOAT)).stream();
    }

    @ParameterizedTest
    @MethodSource("counters")
    void countersUseNoLocalMemory(KernelVariant variant) throws IOException {
        assertThat(compile(variant, "sm_90").local()).isFalse();
    }

    @Tag("exhaustive")
    @ParameterizedTest
    @ValueSource(strings = {"sm_90", "sm_100", "sm_80", "sm_75"})
    void pairwiseVariantsUseNoLocalMemory(String architecture) throws IOException {
        Map<String, AssemblerReport> local = new TreeMap<>();
        List<KernelVariant> variants = KernelVariants.pairwise();
        for (KernelVariant variant : variants) {
            AssemblerReport report = compile(variant, architecture);
            System.out.printf("%-7s %-75s %s%n", architecture, variant.symbol(), report);
            if (variant.classes() != 0 && report.local()) {
                local.put(variant.symbol(), report);
            }
        }
        assertThat(variants).hasSizeBetween(54, 80);
        assertThat(local).isEmpty();
    }

    private static AssemblerReport compile(KernelVariant variant, String architecture) throws IOException {
        Path source = folder.resolve(variant.symbol() + ".cu");
        Files.writeString(source, KernelSource.of(variant.entry()));
        List<String> command = new ArrayList<>(List.of("nvcc", "-std=c++17", "-cubin", "-arch=" + architecture,
                "-Xptxas", "-v", "-Werror", "all-warnings"));
        variant.definitions().forEach(d -> command.add("-D" + d));
        command.addAll(List.of(source.toString(), "-o", folder.resolve("kernel.cubin").toString()));
        String output = HostCompiler.run(command);
        return AssemblerReport.of(output);
    }
}
