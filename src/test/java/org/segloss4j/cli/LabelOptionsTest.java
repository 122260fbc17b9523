package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.PngFiles;

/** What masks store is said in the same words to all commands. */
class LabelOptionsTest {

    @TempDir
    private Path dir;

    @BeforeEach
    void masks() throws IOException {
        PngFiles.grey(dir.resolve("a.png"), 4, 1, 0, 0, 0, 255);
    }

    private CommandRun weights(String options) {
        return CommandRun.of((Object[]) ("weights --method=inverse --masks=" + dir + " "
                + options.replace("DIR", dir.toString())).strip().split(" +"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--values=0,255", "--values 0,255", "--label-map=binary", "--label-map=DIR/map.txt"})
    void blackAndWhiteAreTwoClasses(String options) throws IOException {
        Files.writeString(dir.resolve("map.txt"), "0 0 background\n255 1 foreground\n");
        CommandRun run = weights(options + " --names=sky,cell");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("0 sky +3 +75.00%").containsPattern("1 cell +1 +25.00%")
                .contains("no label ignored");
    }

    @Test
    void namesComeFromTheMapOrTheOption() throws IOException {
        Files.writeString(dir.resolve("map.txt"), "0 0 a road\n255 1 \"car, red\"\n");
        assertThat(weights("--label-map=DIR/map.txt").out()).contains("0 a road", "1 car, red");
        assertThat(weights("--label-map=DIR/map.txt --names=x,y").out()).contains("0 x", "1 y");
    }

    @Test
    void severalValuesAreIgnored() throws IOException {
        PngFiles.grey(dir.resolve("b.png"), 4, 1, 7, 8, 9, 0);
        assertThat(weights("--values=0,255 --ignore=7,8 --ignore=9").out())
                .startsWith("2 masks, 2 classes, label 255 ignored: 8 pixels, 3 (37.50%) of them void");
    }

    /** Masks of 0 and 255 that are said to hold the classes 0 and 1. */
    @Test
    void theErrorSaysWhichOptionToUse() {
        CommandRun run = weights("--classes=2");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).first().asString().contains("mask " + dir.resolve("a.png"), "--values 0,255");
    }

    /** A mask of nothing but an unknown 0, which is as much a value as others. */
    @Test
    void anUnknownZeroIsNamed() throws IOException {
        Path file = PngFiles.grey(dir.resolve("a.png"), 2, 1, 0, 0);
        CommandRun run = weights("--values=1,2");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).first().asString().startsWith("segloss4j: mask " + file
                + " holds values that are no class: 0 (2 pixels); the first is 0 at (x 0, y 0); if 0 marks pixels"
                + " without a class, use --ignore 0");
    }

    /** SegNet's copy of CamVid stores classes; the preset is for the colours of the original. */
    @Test
    void greysAreNotTakenForColours() throws IOException {
        PngFiles.grey(dir.resolve("a.png"), 4, 1, 0, 3, 11, 1);
        CommandRun run = weights("--label-map=camvid");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).first().asString().contains("#030303 (1 pixel)")
                .contains("all are greys: if the mask stores numbers of classes, use --classes");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "                            | it is not said what the masks store: give --classes N if it is 0 to N-1,"
            + " --values 0,255 for black and white, or --label-map with a file or one of binary, cityscapes,"
            + " cityscapes-trainids, voc, camvid",
        "--ignore=3                  | it is not said what the masks store: give",
        "--classes=2 --values=0,255  | --classes and --values are given, but each says alone what the masks store: give"
            + " one",
        "--classes=2 --values=0,1 --label-map=voc | --classes and --values and --label-map are given,",
        "--classes=0                 | --classes is 0, but must be from 1 to 65536",
        "--values=0,255,0            | --values: value 0 stands for the classes 0 and 2",
        "--values=0,70000            | --values: value 70000 is not from 0 to 65535",
        "--values=0,x                | --values has \"x\", which is no whole number from 0 to 65535",
        "--values=0,,1               | --values has \"\", which is no whole number from 0 to 65535",
        "--values=0,#ffffff          | --values has \"#ffffff\", which is no whole number from 0 to 65535",
        "--values=#000000,255        | --values has \"255\", which is no colour such as #804080",
        "--classes=2 --ignore=-1     | --ignore has \"-1\", which is no whole number from 0 to 65535",
        "--classes=2 --ignore=#000000 | --ignore has \"#000000\", which is no whole number from 0 to 65535",
        "--label-map=camvid --ignore=3 | --ignore has \"3\", which is no colour such as #804080",
        "--values=0,255 --ignore=255 | --ignore: class 1 has no value left that is not ignored",
        "--classes=2 --ignore=0,1    | --ignore: no class is left, as all 2 are ignored",
        "--classes=4 --names=a,b     | --names: 2 names are given for 4 classes",
        "--classes=1 --names=a,b     | --names: 2 names are given for 1 class",
        "--classes=4 --names=a,,c,d  | --names: class 1 has no name",
        "--classes=2 --names=a,a     | --names: the classes 0 and 1 are both named a",
        "--classes=two               | Invalid value for option '--classes'"})
    void wrongUsageIsNamed(String options, String message) {
        CommandRun run = weights(options == null ? "" : options);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "evaluate --truth=DIR --pred=DIR --classes=1    | --classes is 1, but must be from 2 to 1024",
        "evaluate --truth=DIR --pred=DIR --classes=5000 | --classes is 5000, but must be from 2 to 1024",
        "evaluate --truth=DIR --pred=DIR --values=7     | --values has 1 class, but there must be from 2 to 1024",
        "evaluate --truth=DIR --pred=DIR                | it is not said what the masks store",
        "train --images=DIR --masks=DIR --size=16x16    | it is not said what the masks store",
        "train --images=DIR --masks=DIR --size=16x16 --classes=257 | --classes is 257, but must be from 2 to 256",
        "train --images=DIR --masks=DIR --size=16x16 --values=0 | --values has 1 class, but there must be from 2"})
    void everyCommandSaysItTheSameWay(String command, String message) {
        CommandRun run = CommandRun.of((Object[]) command.replace("DIR", dir.toString()).split(" +"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"weights", "evaluate", "train"})
    void theHelpNamesEveryPreset(String command) {
        assertThat(CommandRun.of(command, "--help").out().split("[ ,.|]+|\\R")).contains("--classes=N", "--values=V[")
                .containsAll(LabelMap.presets());
    }

    @Test
    void saysWhatIsWrongWithTheFile() throws IOException {
        CommandRun missing = weights("--label-map=DIR/none.txt");
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.complaints()).containsExactly("segloss4j: --label-map: " + dir.resolve("none.txt")
                + " is neither a file nor one of binary, cityscapes, cityscapes-trainids, voc, camvid");
        Path file = Files.writeString(dir.resolve("map.txt"), "0 0\n\n255 road\n");
        CommandRun bad = weights("--label-map=DIR/map.txt");
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.complaints()).containsExactly("segloss4j: --label-map: label map " + file
                + ": line 3: the class is road, but must be a number or ignore");
    }
}
