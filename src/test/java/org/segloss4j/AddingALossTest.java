package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The difference that docs/adding-a-loss.md shows is the one between the sources with and without log-cosh Dice. */
class AddingALossTest {

    private static final Path PAGE = Path.of("docs/adding-a-loss.md");
    private static final Pattern BLOCK = Pattern.compile("^```diff\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    /** A hunk of a unified diff: the lines on both sides, the unchanged ones included. */
    private record Hunk(String before, String after) {

        Hunk reversed() {
            return new Hunk(after, before);
        }

        /** Replaces the one place in which the lines before stand. */
        String appliedTo(String text, String file) {
            // The line end in front keeps a hunk from beginning inside a line.
            String found = "\n" + before;
            String whole = "\n" + text;
            int at = whole.indexOf(found);
            assertThat(at).as("%s holds:%n%s", file, before).isNotNegative();
            assertThat(whole.indexOf(found, at + 1)).as("%s holds this once:%n%s", file, before).isNegative();
            return (whole.substring(0, at) + "\n" + after + whole.substring(at + found.length())).substring(1);
        }
    }

    /** The hunks of each file, in the order of the diff. */
    private static Map<String, List<Hunk>> hunks() throws IOException {
        Matcher block = BLOCK.matcher(Files.readString(PAGE));
        assertThat(block.find()).as("%s has a diff block", PAGE).isTrue();
        Map<String, List<Hunk>> files = new LinkedHashMap<>();
        List<Hunk> hunks = null;
        StringBuilder before = new StringBuilder();
        StringBuilder after = new StringBuilder();
        for (String line : (block.group(1) + "@@").split("\n")) {
            if (line.startsWith("@@") || line.startsWith("--- a/")) {
                if (!after.isEmpty()) {
                    hunks.add(new Hunk(before.toString(), after.toString()));
                }
                before.setLength(0);
                after.setLength(0);
            } else if (line.startsWith("+++ b/")) {
                hunks = files.computeIfAbsent(line.substring("+++ b/".length()), file -> new ArrayList<>());
            } else {
                String content = line.isEmpty() ? "" : line.substring(1);
                if (!line.startsWith("+")) {
                    before.append(content).append('\n');
                }
                if (!line.startsWith("-")) {
                    after.append(content).append('\n');
                }
            }
        }
        return files;
    }

    @Test
    void takingTheLossOutAndPuttingItBackGivesTheSources() throws IOException {
        Map<String, List<Hunk>> files = hunks();
        assertThat(files.keySet()).extracting(file -> Path.of(file).getFileName().toString())
                .containsExactlyInAnyOrder("Losses.java", "LossKind.java", "RegionKinds.java", "Link.java",
                        "Setting.java");
        for (Map.Entry<String, List<Hunk>> entry : files.entrySet()) {
            String file = entry.getKey();
            String sources = Files.readString(Path.of(file));

            String without = sources;
            for (Hunk hunk : entry.getValue()) {
                without = hunk.reversed().appliedTo(without, file);
            }
            assertThat(without).as("%s without the loss", file).doesNotContainIgnoringCase("log_cosh")
                    .doesNotContainIgnoringCase("logCosh").doesNotContainIgnoringCase("log cosh");

            String again = without;
            for (Hunk hunk : entry.getValue()) {
                again = hunk.appliedTo(again, file);
            }
            assertThat(again).as(file).isEqualTo(sources);
        }
    }
}
