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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.cuda.KernelVariant.Entry;

/**
 * Compiles variants with nvcc and reads what the assembler reports: where loops are unrolled, nothing lies in local
 * memory. {@code -Dsegloss4j.test.require=nvcc} makes a missing compiler a failure.
 */
class NvccTest {

    private static final Pattern REPORT = Pattern.compile(
            "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads.*?Used (\\d+) registers",
            Pattern.DOTALL);

    @TempDir
    private static Path folder;

    /** What a kernel takes. */
    private record Report(int stack, int spills, int registers) {
    }

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require("nvcc", unavailable());
    }

    private static String unavailable() {
        try {
            HostCompiler.run(List.of("nvcc", "--version"));
            return null;
        } catch (UncheckedIOException | IllegalStateException e) {
            return "nvcc cannot be run: " + e.getMessage();
        }
    }

    /** Those of the shapes that the README gives times of: as they are by default, and with most blocks at a time. */
    static Stream<KernelVariant> main() {
        Stream<KernelVariant> many = Stream.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD).map(entry ->
                KernelChoice.special(entry, 150, org.segloss4j.backend.Activation.SOFTMAX,
                        KernelVariant.Layout.CHANNELS_FIRST, KernelVariant.LabelKind.INDEX_UINT8,
                        org.segloss4j.backend.ElementType.FLOAT, KernelVariant.Terms.OWN, LaunchPolicy.DEFAULT));
        return Stream.concat(many, Stream.of(LaunchPolicy.DEFAULT, LaunchPolicy.parse("t256b3v1s2r1"))
                .flatMap(policy -> HostVariants.SPECIAL.stream().filter(v -> v.classes() == 19 || v.classes() == 8)
                        .map(v -> KernelChoice.special(v.entry(), v.classes(), v.activation(), v.layout(),
                                v.labels(), v.element(), KernelVariant.Terms.NONE, policy))));
    }

    @ParameterizedTest
    @MethodSource("main")
    void mainVariantsUseNoLocalMemory(KernelVariant variant) throws IOException {
        Report report = compile(variant, "sm_90");
        assertThat(report.stack()).isZero();
        assertThat(report.spills()).isZero();
        assertThat(report.registers()).isLessThanOrEqualTo(65536 / 256 / variant.resident());
        assertThat(variant.resident()).isGreaterThan(1);
    }

    @Test
    void countersCompile() throws IOException {
        for (Entry entry : new Entry[] {Entry.CONFUSION, Entry.LABEL_HISTOGRAM}) {
            assertThat(compile(new KernelVariant(entry, 0, org.segloss4j.backend.Activation.SIGMOID,
                    KernelVariant.Layout.STRIDED, KernelVariant.LabelKind.INDEX_ANY,
                    org.segloss4j.backend.ElementType.FLOAT), "sm_90").stack()).isZero();
        }
    }

    @Tag("exhaustive")
    @ParameterizedTest
    @ValueSource(strings = {"sm_90", "sm_100", "sm_80", "sm_75"})
    void pairwiseVariantsUseNoLocalMemory(String architecture) throws IOException {
        Map<String, Report> local = new TreeMap<>();
        List<KernelVariant> variants = KernelVariants.pairwise();
        for (KernelVariant variant : variants) {
            Report report = compile(variant, architecture);
            System.out.printf("%-7s %-75s %3d registers %3d stack %3d spills%n", architecture, variant.symbol(),
                    report.registers(), report.stack(), report.spills());
            if (variant.classes() != 0 && report.stack() + report.spills() != 0) {
                local.put(variant.symbol(), report);
            }
        }
        assertThat(variants).hasSizeBetween(54, 110);
        assertThat(local).isEmpty();
    }

    private static Report compile(KernelVariant variant, String architecture) throws IOException {
        Path source = folder.resolve(variant.symbol() + ".cu");
        Files.writeString(source, KernelSource.of(variant.entry()));
        List<String> command = new ArrayList<>(List.of("nvcc", "-std=c++17", "-cubin", "-arch=" + architecture,
                "-Xptxas", "-v", "-Werror", "all-warnings"));
        variant.definitions().forEach(d -> command.add("-D" + d));
        command.addAll(List.of(source.toString(), "-o", folder.resolve("kernel.cubin").toString()));
        String output = HostCompiler.run(command);
        Matcher matcher = REPORT.matcher(output);
        assertThat(matcher.find()).as(output).isTrue();
        return new Report(Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)) + Integer.parseInt(matcher.group(3)),
                Integer.parseInt(matcher.group(4)));
    }
}
