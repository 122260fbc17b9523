package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.dataformat.yaml.YAMLMapper;
import picocli.CommandLine;

/** What docs/deploy has people type exists, and its README explains what its files hold. */
class DeployDocsTest {

    private static final Path FOLDER = Path.of("docs/deploy");
    private static final Path README = FOLDER.resolve("README.md");
    /** These scripts hand what follows their names, and how many arguments of their own, to a command. */
    private static final Map<String, String> SCRIPTS = Map.of("train.sbatch", "train", "standalone.sh", "spark-train",
            "kubernetes.sh", "spark-train");
    private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");
    private static final Pattern PROPERTY = Pattern.compile("\\bspark(\\.[A-Za-z$*]\\w*)+");
    /** Of every manifest, whatever it is for. */
    private static final Set<String> EVERYWHERE = Set.of("apiVersion", "kind", "metadata", "name", "labels", "app",
            "spec", "template", "containers", "args", "driver", "executor");

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void optionsExist(Path file) throws IOException {
        Map<String, CommandLine> commands = new CommandLine(Main.class).getSubcommands();
        for (Line line : commandLines(file)) {
            assertThat(commands).as("%s: %s", file, line).containsKey(line.command());
            assertThat(commands.get(line.command()).getCommandSpec().optionsMap().keySet())
                    .as("%s: options of %s", file, line.command()).containsAll(line.options());
        }
    }

    @Test
    void eachKindOfFileIsRead() throws IOException {
        assertThat(files()).extracting(file -> file.getFileName().toString()).containsAll(SCRIPTS.keySet());
        assertThat(commandLines(FOLDER.resolve("kubernetes/job.yaml"))).singleElement()
                .satisfies(line -> assertThat(line.command()).isEqualTo("train"))
                .satisfies(line -> assertThat(line.options()).contains("--workers", "--secret-file", "--resume"));
        assertThat(commandLines(FOLDER.resolve("kubernetes/spark-application.yaml"))).singleElement()
                .satisfies(line -> assertThat(line.command()).isEqualTo("spark-train"))
                .satisfies(line -> assertThat(line.options()).contains("--images", "--parts"));
        assertThat(commandLines(FOLDER.resolve("slurm/train.sbatch"))).extracting(Line::options)
                .anySatisfy(options -> assertThat(options).contains("--images", "--out").doesNotContain("--workers"))
                .anySatisfy(options -> assertThat(options).contains("--workers", "--secret-file"));
        assertThat(commandLines(FOLDER.resolve("spark/standalone.sh"))).extracting(Line::command)
                .contains("spark-train");
        assertThat(commandLines(README)).extracting(Line::command).contains("train", "info");
    }

    @Test
    void readmeExplainsEveryOption() throws IOException {
        Set<String> used = new TreeSet<>();
        for (Path file : files()) {
            String text = Files.readString(file);
            commandLines(file).forEach(line -> used.addAll(line.options()));
            matches(Pattern.compile("(?m)^#SBATCH (" + OPTION + ")"), text).forEach(match -> used.add(match.group(1)));
            matches(Pattern.compile("(?m)^ +(" + OPTION + ")[^\\n]* \\\\$"), text)
                    .forEach(match -> used.add(match.group(1)));
        }
        assertThat(used).hasSizeGreaterThan(20);
        assertThat(codeOfReadme()).as("in backquotes of %s", README).containsAll(used);
    }

    @Test
    void readmeExplainsEveryProperty() throws IOException {
        Set<String> used = new TreeSet<>();
        for (Path file : files()) {
            if (!file.equals(README)) {
                matches(PROPERTY, Files.readString(file)).forEach(match -> used.add(match.group()));
            }
        }
        assertThat(used).hasSizeGreaterThan(8);
        List<Pattern> explained = codeOfReadme().stream().filter(code -> code.startsWith("spark."))
                .map(code -> Pattern.compile(Stream.of(code.split("\\*", -1)).map(Pattern::quote)
                        .reduce((a, b) -> a + ".*" + b).orElseThrow())).toList();
        assertThat(used).allSatisfy(property -> assertThat(explained).as(property)
                .anyMatch(pattern -> pattern.matcher(property).matches()));
    }

    @Test
    void readmeExplainsEveryField() throws IOException {
        Set<String> used = new TreeSet<>();
        for (JsonNode document : documents(files().stream().filter(DeployDocsTest::isYaml).toList())) {
            fields(document, used);
        }
        used.removeAll(EVERYWHERE);
        used.removeIf(field -> field.startsWith("spark."));
        assertThat(used).hasSizeGreaterThan(30);
        assertThat(codeOfReadme()).as("in backquotes of %s", README).containsAll(used);
    }

    /** A command with the options that it is given. */
    private record Line(String command, Set<String> options) {
    }

    private static List<Line> commandLines(Path file) throws IOException {
        String text = Files.readString(file);
        return isYaml(file) ? manifestLines(text) : scriptLines(text);
    }

    private static boolean isYaml(Path file) {
        return file.toString().endsWith(".yaml");
    }

    /** In a manifest, every option is one of the command that it runs. */
    private static List<Line> manifestLines(String text) {
        String code = text.replaceAll("(?m)^\\s*#.*$", "");
        return matches(Pattern.compile("\\bsegloss4j (train)\\b|- (spark-train)\\b"), code)
                .map(match -> match.group(1) == null ? match.group(2) : match.group(1))
                .map(command -> new Line(command, options(code))).toList();
    }

    private static List<Line> scriptLines(String text) {
        List<Line> lines = new ArrayList<>();
        String joined = text.replaceAll("\\\\\\n\\s*", " ");
        String commands = String.join("|", new CommandLine(Main.class).getSubcommands().keySet());
        Pattern direct = Pattern.compile("segloss4j(?:\\.jar)?\"? (" + commands + ")\\b([^\\n`]*)");
        matches(direct, joined).forEach(match -> lines.add(new Line(match.group(1), options(match.group(2)))));
        SCRIPTS.forEach((script, command) -> matches(Pattern.compile(Pattern.quote(script) + " ([^\\n`|]*)"), joined)
                .map(match -> options(match.group(1))).filter(options -> !options.isEmpty())
                .forEach(options -> lines.add(new Line(command, options))));
        return lines;
    }

    private static Set<String> options(String text) {
        Set<String> options = new TreeSet<>();
        matches(OPTION, text).forEach(match -> options.add(match.group()));
        return options;
    }

    private static void fields(JsonNode node, Set<String> names) {
        node.fieldNames().forEachRemaining(names::add);
        node.forEach(inner -> fields(inner, names));
    }

    private static List<JsonNode> documents(List<Path> files) {
        List<JsonNode> documents = new ArrayList<>();
        for (Path file : files) {
            try (var parts = new YAMLMapper().readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
                parts.forEachRemaining(documents::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return documents;
    }

    /** What stands in backquotes: also each word of it, since a field may stand there with its value. */
    private static Set<String> codeOfReadme() throws IOException {
        Set<String> code = new TreeSet<>();
        matches(Pattern.compile("`([^`\\n]+)`"), Files.readString(README)).map(match -> match.group(1))
                .forEach(each -> {
                    code.add(each);
                    code.add(each.replaceAll("[: ].*", ""));
                });
        return code;
    }

    private static Stream<MatchResult> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results();
    }
}
