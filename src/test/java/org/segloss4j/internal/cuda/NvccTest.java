package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Need;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.compile.KernelSource;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.VariantList;

/**
 * Compiles variants with nvcc and reads what the assembler reports: where loops are unrolled, nothing lies in local
 * memory. {@code -Dsegloss4j.test.require=nvcc} makes a missing compiler a failure.
 */
class NvccTest {

    private static final List<String> OPTIONS = List.of("-std=c++17", "-cubin", "-Xptxas", "-v", "-Werror",
            "all-warnings");

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

    /** The loss and the gradient of 19 classes, by default. */
    static Stream<KernelVariant> few() {
        return of(LaunchPolicy.DEFAULT, 19);
    }

    /** Those of the shapes that the README gives times of: as they are by default, and with most blocks at a time. */
    static Stream<KernelVariant> main() {
        Stream<KernelVariant> many = Stream.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD).map(entry ->
                KernelChoice.special(entry, 150, org.segloss4j.internal.backend.Activation.SOFTMAX,
                        KernelVariant.Layout.CHANNELS_FIRST, KernelVariant.LabelKind.INDEX_UINT8,
                        org.segloss4j.internal.backend.ElementType.FLOAT, KernelVariant.Terms.OWN,
                        LaunchPolicy.DEFAULT));
        return Stream.concat(many, Stream.of("t256b2v4s2r1", "t256b3v1s2r1").map(LaunchPolicy::parse)
                .flatMap(policy -> Stream.of(8, 19).flatMap(classes -> of(policy, classes))).distinct());
    }

    private static Stream<KernelVariant> of(LaunchPolicy policy, int classes) {
        // Of many classes with dense labels, nvcc 13 spills some bytes of the forward sweep where NVRTC does not.
        return HostVariants.SPECIAL.stream().filter(v -> v.classes() == classes
                && !(classes > 8 && v.labels() == KernelVariant.LabelKind.DENSE_FLOAT)).map(v -> KernelChoice.special(
                v.entry(), v.classes(), v.activation(), v.layout(), v.labels(), v.element(), KernelVariant.Terms.NONE,
                policy));
    }

    @ParameterizedTest
    @MethodSource("few")
    void fewVariantsUseNoLocalMemory(KernelVariant variant) {
        AssemblerReport report = nvcc("sm_90").report(variant);
        assertThat(report.local()).as(report.toString()).isFalse();
        // So that as many blocks of 256 threads fit on a multiprocessor as the choice of the variant counts on.
        assertThat(report.registers()).isLessThanOrEqualTo(65536 / 256 / variant.resident());
        assertThat(variant.resident()).isGreaterThanOrEqualTo(2);
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("main")
    void mainVariantsUseNoLocalMemory(KernelVariant variant) {
        fewVariantsUseNoLocalMemory(variant);
    }

    /** Those that count, in every form. */
    static Stream<KernelVariant> counters() {
        return VariantList.of(List.of(), List.of(ElementType.FLOAT), LaunchPolicy.DEFAULT).stream();
    }

    @Test
    void aCounterUsesNoLocalMemory() {
        assertThat(nvcc("sm_90").report(counters().findFirst().orElseThrow()).local()).isFalse();
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("counters")
    void countersUseNoLocalMemory(KernelVariant variant) {
        assertThat(nvcc("sm_90").report(variant).local()).isFalse();
    }

    /** {@code -Dsegloss4j.test.architectures=sm_90} for that one alone. */
    static String[] architectures() {
        return System.getProperty("segloss4j.test.architectures", "sm_90,sm_100,sm_80,sm_75").split(",");
    }

    @Tag("exhaustive")
    @ParameterizedTest
    @MethodSource("architectures")
    void everyVariantUsesNoLocalMemory(String architecture) {
        assertThat(VariantReports.unexpected(VariantReports.of(nvcc(architecture)))).isEmpty();
    }

    @Tag("slow")
    @Test
    void listsOfVariantsAreLarge() {
        assertThat(KernelVariants.pairwise()).doesNotHaveDuplicates().hasSizeBetween(54, 110);
        assertThat(KernelVariants.all()).doesNotHaveDuplicates().hasSizeGreaterThan(3000);
    }

    private static ReportMaker nvcc(String architecture) {
        return new ReportMaker("nvcc-" + architecture, HostCompiler.run(List.of("nvcc", "--version")) + OPTIONS,
                variant -> log(variant, architecture));
    }

    private static String log(KernelVariant variant, String architecture) {
        try {
            Path source = folder.resolve(variant.symbol() + ".cu");
            Path cubin = folder.resolve(variant.symbol() + ".cubin");
            Files.writeString(source, KernelSource.of(variant.entry()));
            List<String> command = new ArrayList<>(List.of("nvcc", "-arch=" + architecture));
            command.addAll(OPTIONS);
            variant.definitions().forEach(d -> command.add("-D" + d));
            command.addAll(List.of(source.toString(), "-o", cubin.toString()));
            String log = HostCompiler.run(command);
            Files.delete(source);
            Files.delete(cubin);
            return log;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
