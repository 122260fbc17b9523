package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;

/** What the cache takes for the same kernel: nothing that differs anywhere. */
class KernelTextTest {

    private static String hash(String text) {
        return new KernelText(text, List.of("A=1", "B=2"), "kernel").hash();
    }

    /** Wherever the text changes: in the first line, in some of each header, behind the last include; of any entry. */
    @ParameterizedTest
    @EnumSource(names = {"REGION_BACKWARD", "CONFUSION"})
    void aChangeOfALineIsAnotherKernel(Entry entry) {
        String text = KernelSource.of(entry);
        List<String> lines = new ArrayList<>(text.lines().toList());
        Set<String> hashes = new LinkedHashSet<>();
        hashes.add(hash(String.join("\n", lines)));
        int changes = 0;
        // Headers are longer than that many lines; every line would take a minute.
        for (int k = 0; k < lines.size(); k += 7) {
            String line = lines.set(k, lines.get(k) + "x");
            hashes.add(hash(String.join("\n", lines)));
            lines.set(k, line);
            changes++;
        }
        lines.add("x");
        hashes.add(hash(String.join("\n", lines)));
        assertThat(hashes).hasSize(changes + 2).allMatch(hash -> hash.matches("[0-9a-f]{64}"));
        assertThat(hash(text)).isEqualTo(hash(text)).isNotEqualTo(hash(text + " "));
    }

    @Test
    void everyPartOfTheIdentityCounts() {
        Set<String> hashes = new LinkedHashSet<>();
        for (KernelText kernel : new KernelText[] {new KernelText("text", List.of("A=1"), "kernel"),
            new KernelText("text", List.of("A=2"), "kernel"), new KernelText("text", List.of("B=1"), "kernel"),
            new KernelText("text", List.of(), "kernel"), new KernelText("text", List.of("A=1", "B=1"), "kernel"),
            new KernelText("text", List.of("A=1"), "other"), new KernelText("textA", List.of("A=1"), "kernel"),
            // Where one part ends and the next begins.
            new KernelText("text", List.of("A=1kernel"), "k"), new KernelText("textA=1", List.of(), "kernel")}) {
            hashes.add(kernel.hash());
        }
        assertThat(hashes).hasSize(9);
    }

    /** The options of the compilers, which are the same for all kernels, are part of it: so is the rule. */
    @Test
    void theOptionsOfCompilersCount() throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (String part : new String[] {"text", "A=1\nB=2", "kernel", String.join("\n", KernelCompiler.OPTIONS)}) {
            digest.update((part.getBytes(StandardCharsets.UTF_8).length + ":" + part).getBytes(StandardCharsets.UTF_8));
        }
        assertThat(hash("text")).isEqualTo(HexFormat.of().formatHex(digest.digest()));
        assertThat(KernelCompiler.OPTIONS).isNotEmpty();
    }

    @Test
    void definitionsAndNamesThatAShellWouldReadAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new KernelText("", List.of("A=1;rm"), "kernel"));
        assertThatIllegalArgumentException().isThrownBy(() -> new KernelText("", List.of(), "a b"));
    }
}
