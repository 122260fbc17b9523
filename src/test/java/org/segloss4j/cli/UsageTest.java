package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.ForkedJvm;

/** Wrong usage: exit code 2 and one line that says what is wrong. */
class UsageTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "train --epoch 3 | Unknown options: '--epoch', '3', did you mean --epochs? (see: segloss4j train --help)",
        "train --sise=3 | Unknown option: '--sise=3', did you mean --size? (see: segloss4j train --help)",
        "train --xyzzy | Unknown option: '--xyzzy' (see: segloss4j train --help)",
        "trian | Unmatched argument at index 0: 'trian', did you mean train? (see: segloss4j --help)",
        "qwertyuiop | Unmatched argument at index 0: 'qwertyuiop' (see: segloss4j --help)",
        "--stacktrace | Missing required subcommand (see: segloss4j --help)",
        "train --epochs=many | Invalid value for option '--epochs': 'many' is not an int (see: segloss4j train --help)",
        "compile | Missing required option: '--arch=ARCH' (see: segloss4j compile --help)"})
    void whatTheLineDoesNotSayProperly(String arguments, String complaint) {
        CommandRun run = CommandRun.of((Object[]) arguments.split(" "));
        assertThat(run.complaints()).containsExactly("segloss4j: " + complaint);
        assertThat(run.out()).isEmpty();
        assertThat(run.code()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"train --images .", "train --epochs 0", "train --loss foo", "train --loss dice(beta=0)",
        "train --size 99999x99999",
        "train --size 99968x99968", "train --size 10x10", "train --learning-rate -1", "train --levels 0",
        "evaluate --classes 0 --truth . --pred .", "weights --classes 0 .", "compile --arch volta",
        "compile --arch sm_80 --ptx"})
    void whatNoFileCouldMend(String arguments) {
        CommandRun run = CommandRun.of((Object[]) arguments.split(" "));
        assertThat(run.complaints()).as(run.err()).singleElement().asString().startsWith("segloss4j: ");
        assertThat(run.code()).as(run.err()).isEqualTo(2);
    }

    @Test
    void deepExpressionsAreOneLine() {
        CommandRun run = CommandRun.of("train", "--loss", "(".repeat(3000) + "dice" + ")".repeat(3000));
        assertThat(run.complaints()).containsExactly(
                "segloss4j: --loss: there are more than 100 parentheses in one another");
        assertThat(run.code()).isEqualTo(2);
    }

    @Test
    void whatFilesCouldMendIsNoWrongUsage(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("a\u001b[31m\nsegloss4j: forged"));
        CommandRun run = CommandRun.of("evaluate", "--classes", 2, "--truth", file, "--pred", file);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).singleElement().asString().startsWith("segloss4j: --truth: ")
                .doesNotContain("\u001b");
    }

    @Test
    void memoryThatIsNotEnoughIsOneLine(@TempDir Path folder) {
        // With nd4j-cuda on the class path, which some ways to run tests have, ND4J would print why it cannot use it.
        List<String> options = new ArrayList<>(ForkedJvm.without("nd4j-cuda"));
        options.addAll(List.of("-Xmx64m", "-Duser.dir=" + folder));
        List<String> said = ForkedJvm.run(LargeImages.class, Map.of(), options.toArray(String[]::new));
        assertThat(said).last().isEqualTo("1");
        assertThat(said).anySatisfy(line -> assertThat(line)
                .startsWith("segloss4j: a step of 8 images of 8000x8000 needs about ")
                .contains("; use a smaller --size"));
        assertThat(said).noneMatch(line -> line.startsWith("\tat "));
    }

    /** Trains on images that do not fit. */
    static final class LargeImages {

        private LargeImages() {
        }

        public static void main(String[] args) {
            System.out.println(Main.run("train", "--size", "8000x8000", "--out", System.getProperty("user.dir")));
        }
    }

    @Test
    void helpOfACommandIsThere() {
        CommandRun help = CommandRun.of("help", "train");
        assertThat(help.code()).isZero();
        assertThat(help.out()).startsWith("Usage: segloss4j train").isEqualTo(CommandRun.of("train", "--help").out());
        assertThat(CommandRun.of("help").out()).contains("train", "evaluate", "compile");
        assertThat(CommandRun.of("help", "foo").code()).isEqualTo(2);
    }
}
