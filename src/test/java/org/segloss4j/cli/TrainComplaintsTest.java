package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.data.PngFiles;

/** Whatever is wrong is told in one line each, before anything is trained or written. */
class TrainComplaintsTest {

    @TempDir
    private Path dir;
    private Path images;
    private Path masks;
    private Path out;

    @BeforeEach
    void folders() throws IOException {
        images = dir.resolve("images");
        masks = dir.resolve("masks");
        out = dir.resolve("new/out");
        ImageFolders.write(images, masks, 'a', 5);
    }

    @AfterEach
    void nothingIsWritten() {
        assertThat(out.getParent()).doesNotExist();
    }

    /** Wrong usage, whatever the files hold. */
    private CommandRun run(String options) {
        return run(2, options);
    }

    private CommandRun run(int code, String options) {
        List<Object> args = new ArrayList<>(List.of("train", "--out", out));
        for (String option : options.split(" +")) {
            args.add(option.replace("IMAGES", images.toString()).replace("MASKS", masks.toString())
                    .replace("DIR", dir.toString()).replace('_', ' '));
        }
        CommandRun run = CommandRun.of(args.toArray());
        assertThat(run.code()).isEqualTo(code);
        assertThat(run.out()).isEmpty();
        return run;
    }

    private List<String> complaints(String more) {
        return run(1, "--images=IMAGES --masks=MASKS --classes=2 --ignore=255 --size=16x16 " + more).complaints();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--masks=MASKS                  | --masks is given, but --images is not",
        "--val-images=IMAGES            | --val-images is given, but --images is not",
        "--val-masks=MASKS              | --val-masks is given, but --images is not",
        "--classes=3                    | --classes is given, but --images is not",
        "--ignore=3                     | --ignore is given, but --images is not",
        "--names=a,b                    | --names is given, but --images is not",
        "--images=IMAGES                | --images is given, but --masks is not",
        "--values=0,255                 | --values is given, but --images is not",
        "--label-map=voc                | --label-map is given, but --images is not",
        "--images=IMAGES --masks=MASKS --classes=2 | --images is given, but --size is not",
        "--size=16                      | --size: 16 is not WIDTHxHEIGHT such as 160x128",
        "--size=0x16                    | --size: 0x16 pixels are empty",
        "--size=30x32                   | --size is 30x32, but both sides must be multiples of 4 for 3 levels",
        "--levels=9                     | --levels is 9, but must be from 1 to 8",
        "--filters=0                    | --filters is 0, but must be from 1 to 1024",
        "--epochs=0                     | --epochs is 0, but must be at least 1",
        "--batch=0                      | --batch is 0, but must be at least 1",
        "--learning-rate=0              | --learning-rate is 0.0, but must be above 0",
        "--weights=1,2                  | --weights has 2 numbers, but there are 6 classes",
        "--loss=jaccard+                | --loss: it ends where a loss, a number or ( should be, at character 9 of"
            + " \"jaccard+\""})
    void namesTheOption(String options, String message) {
        assertThat(run(options).complaints()).containsExactly("segloss4j: " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--weights=1,2,3    | --weights has 3 numbers, but there are 2 classes",
        "--val-images=DIR   | --val-images is given, but --val-masks is not",
        "--val-masks=DIR    | --val-masks is given, but --val-images is not",
        "--size=18x16       | --size is 18x16, but both sides must be multiples of 4 for 3 levels"})
    void namesTheOptionForFolders(String options, String message) {
        // A later option replaces an earlier one.
        CommandRun run = run(("--images=IMAGES --masks=MASKS --classes=2 --ignore=255 --size=16x16 " + options)
                .replaceAll("--(classes|size)=\\S+ (?=.*--\\1=)", ""));
        assertThat(run.complaints()).containsExactly("segloss4j: " + message);
    }

    @Test
    void namesEveryBadFile() throws IOException {
        Files.delete(masks.resolve("a.png"));
        Files.delete(images.resolve("b.jpg"));
        Files.copy(images.resolve("c.png"), images.resolve("c.jpg"));
        PngFiles.grey(masks.resolve("c.png"), 2, 1, 0, 1);
        ImageFolders.uniform(masks.resolve("d.png"), 7);
        Files.writeString(images.resolve("e.png"), "no picture");
        assertThat(complaints("")).containsExactly(
                "segloss4j: image " + images.resolve("c.png") + " has the same name as c.jpg",
                "segloss4j: image " + images.resolve("a.png") + " has no mask a.png",
                "segloss4j: mask " + masks.resolve("b.png") + " has no image of that name",
                "segloss4j: mask " + masks.resolve("c.png") + " is 2x1, but its image is 20x18",
                "segloss4j: mask " + masks.resolve("d.png") + " holds values that are no class: 7 (360 pixels); the"
                        + " first is 7 at (x 0, y 0); if 7 marks pixels without a class, use --ignore 7"
                        + " (in Java LabelMap.ignoring(7))",
                "segloss4j: image " + images.resolve("e.png") + " is not a PNG, JPEG or TIFF image",
                "segloss4j: the images and masks do not fit together, so nothing is trained");
    }

    @Test
    void namesBadFilesOfValidation() throws IOException {
        ImageFolders.write(dir.resolve("vi"), dir.resolve("vm"), 'a', 1);
        Path bad = Files.writeString(dir.resolve("vm/a.png"), "no mask at all");
        assertThat(complaints("--val-images=DIR/vi --val-masks=DIR/vm")).containsExactly(
                "segloss4j: mask " + bad + " is not a PNG or TIFF image",
                "segloss4j: the images and masks do not fit together, so nothing is trained");
    }

    @Test
    void namesTheFolder() throws IOException {
        Path empty = Files.createDirectory(dir.resolve("empty"));
        assertThat(run(1, "--images=DIR/empty --masks=MASKS --classes=2 --size=16x16").complaints())
                .containsExactly("segloss4j: --images: there is no PNG or JPEG file in " + empty);
        assertThat(run(1, "--images=IMAGES --masks=DIR/empty --classes=2 --size=16x16").complaints())
                .containsExactly("segloss4j: --masks: there is no PNG file in " + empty);
        assertThat(run(1, "--images=DIR/none --masks=MASKS --classes=2 --size=16x16").complaints())
                .containsExactly("segloss4j: --images: " + dir.resolve("none") + " does not exist");
    }

    @Test
    void needsPixelsThatAreNotVoid() throws IOException {
        Files.createDirectory(dir.resolve("void"));
        for (char name = 'a'; name < 'f'; name++) {
            ImageFolders.uniform(dir.resolve("void/" + name + ".png"), ImageFolders.VOID);
        }
        assertThat(complaints("--val-images=IMAGES --val-masks=DIR/void"))
                .containsExactly("segloss4j: every pixel of the validation masks is void");
        masks = dir.resolve("void");
        assertThat(complaints("")).containsExactly("segloss4j: every pixel of the training masks is void");
    }

    @Test
    void needsPairsToHoldOut() throws IOException {
        Files.delete(images.resolve("a.png"));
        Files.delete(masks.resolve("a.png"));
        assertThat(complaints("")).containsExactly("segloss4j: --images: 4 pairs are too few to hold every fifth out;"
                + " give --val-images and --val-masks");
    }

    @Test
    void needsAFolderToWriteTo() throws IOException {
        Path file = Files.writeString(dir.resolve("taken"), "a file");
        CommandRun run = CommandRun.of("train", "--out", file.resolve("deeper"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).containsExactly("segloss4j: --out: " + file.resolve("deeper")
                + " cannot be written: " + file + " is not a folder");
        assertThat(file).hasContent("a file");
    }
}
