package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;

class KernelSourceTest {

    private static final Path KERNELS = Path.of("kernels");
    /** What a folder builds on: each header includes nothing but its own folder's and those of these. */
    private static final Map<String, Set<String>> BELOW = Map.of("base", Set.of(), "count", Set.of("base"),
            "pixel", Set.of("base", "count"), "loss", Set.of("base", "pixel"),
            "sums", Set.of("base", "count", "pixel", "loss"), "final", Set.of("base", "loss", "sums"),
            "grad", Set.of("base", "count", "pixel", "loss"),
            "terms", Set.of("base", "count", "pixel", "loss", "final", "grad"), "rank", Set.of("base", "pixel"));

    /** The text is the key of the cache, so a header that changes has to be in it. */
    @Test
    void everyHeaderIsInTheTextOfWhatIncludesIt() throws IOException {
        List<Path> headers = headers();
        for (Entry entry : Entry.values()) {
            String text = KernelSource.of(entry);
            assertThat(text).doesNotContainPattern("(?m)^#(include|pragma once)");
            headers.removeIf(header -> text.contains("#line 1 \"" + name(header) + "\"\n")
                    && text.contains(longestPart(header)));
        }
        assertThat(headers).as("headers that no kernel includes").isEmpty();
    }

    private static List<Path> headers() throws IOException {
        try (Stream<Path> files = Files.walk(KERNELS.resolve("seg"))) {
            return new ArrayList<>(files.filter(Files::isRegularFile).toList());
        }
    }

    /** As it stands behind an include. */
    private static String name(Path header) {
        return KERNELS.relativize(header).toString().replace('\\', '/');
    }

    @Test
    void foldersOfHeadersBuildOnOneAnother() throws IOException {
        for (Path header : headers()) {
            String own = header.getParent().getFileName().toString();
            Matcher include = Pattern.compile("#include \"seg/(\\w+)/\\w+\\.cuh\"").matcher(Files.readString(header));
            while (include.find()) {
                assertThat(include.group(1)).as("%s of %s", include.group(), header)
                        .satisfiesAnyOf(other -> assertThat(other).isEqualTo(own),
                                other -> assertThat(BELOW.get(own)).contains(other));
            }
        }
    }

    /** Between lines that are replaced. */
    private static String longestPart(Path header) {
        try {
            return Stream.of(Files.readString(header).split("#(include|pragma once)[^\n]*\n"))
                    .max(java.util.Comparator.comparing(String::length)).orElseThrow();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Messages of compilers name file and line, so every line has to stand where the directives say. */
    @Test
    void linesStandWhereTheDirectivesSay() throws IOException {
        for (Entry entry : Entry.values()) {
            List<String> file = null;
            int line = 0;
            int compared = 0;
            for (String text : KernelSource.of(entry).split("\n")) {
                if (text.startsWith("#line ")) {
                    line = Integer.parseInt(text.split(" ")[1]);
                    file = Files.readAllLines(KERNELS.resolve(text.split("\"")[1]));
                } else if (!text.isBlank()) {
                    assertThat(file.get(line - 1)).isEqualTo(text);
                    compared++;
                    line++;
                } else {
                    line++;
                }
            }
            assertThat(compared).isGreaterThan(100);
        }
    }
}
