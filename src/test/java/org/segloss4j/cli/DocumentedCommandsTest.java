package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What the README and the documentation have people type exists, and so does what they link to. */
class DocumentedCommandsTest {

    private static final Map<String, CommandLine> COMMANDS = new CommandLine(Main.class).getSubcommands();
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");
    /** A command with its options: in the arguments of Maven, or in backquotes; lines may go on behind a backslash. */
    private static final Pattern COMMAND = Pattern.compile("(?:exec\\.args=\"|`(?:segloss4j )?)("
            + String.join("|", COMMANDS.keySet()) + ")((?: |\\\\\\n)[^\"`\\n\\\\]*(?:\\\\\\n[^\"`\\n\\\\]*)*)");
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#\\s]*)(?:#([^)]*))?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

    static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")));
        try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        return pages;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void commandsHaveTheirOptions(Path page) throws IOException {
        for (MatchResult command : commands(Files.readString(page))) {
            assertThat(COMMANDS.get(command.group(1)).getCommandSpec().optionsMap().keySet())
                    .as("%s: %s", page, command.group()).containsAll(options(command));
        }
    }

    @Test
    void eachWayToWriteACommandIsRead() {
        String text = "mvn -Dexec.args=\"train --images a --values 0,255 \\\n    --size 8x8\" then `weights --masks D`"
                + " and `segloss4j predict --out p`, not `train`";
        assertThat(commands(text)).extracting(command -> command.group(1) + options(command)).containsExactly(
                "train[--images, --size, --values]", "weights[--masks]", "predict[--out]");
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linksLeadSomewhere(Path page) throws IOException {
        for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
            Path target = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1)).normalize();
            assertThat(target).as("%s: %s", page, link.group()).exists();
            if (link.group(2) != null) {
                assertThat(anchors(target)).as("%s: %s", page, link.group()).contains(link.group(2));
            }
        }
    }

    private static List<MatchResult> commands(String text) {
        return COMMAND.matcher(text).results().toList();
    }

    private static TreeSet<String> options(MatchResult command) {
        return OPTION.matcher(command.group(2)).results().map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** As GitHub makes them of headings. */
    private static List<String> anchors(Path page) throws IOException {
        return HEADING.matcher(Files.readString(page)).results().map(heading -> heading.group(1)
                .toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").strip().replace(' ', '-')).toList();
    }
}
