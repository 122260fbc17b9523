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

    private CommandRun run(int code, String options) {
        List<Object> args = new ArrayList<>(List.of("train", "--out", out));
        for (String option : options.split(" +")) {
            args.add(option.replace("IMAGES", images.toString()).replace("MASKS", masks.toString())
                    .replace("DIR", dir.toString()).replace('_', ' '));
        }
        CommandRun run = CommandRun.of(args.toArray());
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.out().lines()).allMatch(line -> line.startsWith("reading ") || line.contains("no mask"));
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
        "--val-list=DIR                 | --val-list is given, but --images is not",
        "--validation=0.5               | --validation is given, but --images is not",
        "--crop=8x8                     | --crop is given, but --images is not",
        "--classes=3                    | --classes is given, but --images is not",
        "--ignore=3                     | --ignore is given, but --images is not",
        "--names=a,b                    | --names is given, but --images is not",
        "--values=0,255                 | --values is given, but --images is not",
        "--label-map=voc                | --label-map is given, but --images is not",
        "--mask-suffix=_mask            | --mask-suffix is given, but --images is not",
        "--image-suffix=_x              | --image-suffix is given, but --images is not",
        "--recursive                    | --recursive is given, but --images is not",
        "--list=DIR                     | --list is given, but --images is not",
        "--images=IMAGES                | --images is given, but --masks is not",
        "--images=IMAGES --masks=MASKS --classes=2 | --images is given, but neither --size, for whole images, nor"
            + " --crop, for parts of them",
        "--size=16                      | --size: 16 is not WIDTHxHEIGHT such as 160x128",
        "--size=0x16                    | --size: the size is 0x16, but both sides must be at least 1",
        "--size=99996x99996             | --size is 99996x99996, but an image has at most 715827882 pixels",
        "--size=30x32                   | --size is 30x32, but both sides must be multiples of 4 for 3 levels",
        "--levels=9                     | --levels is 9, but must be from 1 to 8",
        "--filters=0                    | --filters is 0, but must be from 1 to 1024",
        "--activation=relu              | --activation is relu, but must be softmax or sigmoid",
        "--activation=sigmoid           | --activation sigmoid has one channel, which tells 2 classes apart, but there"
            + " are 6; use softmax",
        "--epochs=0                     | --epochs is 0, but must be at least 1",
        "--batch=0                      | --batch is 0, but must be at least 1",
        "--patience=-1                  | --patience is -1, but must be at least 0",
        "--warm-up=6                    | --warm-up is 6, but must be below --epochs, 6",
        "--schedule=linear              | --schedule is linear, but must be one of constant, exponential, cosine, step",
        "--learning-rate=0              | --learning-rate is 0.0, but must be above 0",
        "--augment=blur                 | --augment has blur, but there are flip, scale and colour or, exactly,"
            + " flip_horizontal, flip_vertical, scale 0.5..2 and colour_jitter 0.2 0.2 0.1",
        "--augment=flip,_scale_2        | --augment: \"scale 2\" should be such as scale 0.5..2",
        "--augment=crop                 | --augment: crop is an option of its own, --crop WxH",
        "--augment=crop_8x8             | --augment: crop is an option of its own, --crop 8x8",
        "--loss=jaccard(classIndexes=[6]) --weights=none | --loss jaccard(classIndexes=[6]): class",
        "--loss=dice+0.5*lovasz --parts=2 | --loss has lovasz_softmax_loss, which needs the whole batch, but --parts is"
            + " 2: leave that term out, or train by one process without --parts",
        "--loss=boundary+ohem --parts=2 | --loss has ohem_cross_entropy, which needs the whole batch, but --parts is"
            + " 2: leave that term out, or train by one process without --parts",
        "--loss=focal+bce --weights=balanced | --weights is balanced, but no term of --loss takes them: focal_loss,"
            + " which has no class weights; binary_crossentropy, which has no class weights; leave --weights out",
        "--loss=monai.DiceLoss(sigmoid=True) | --loss has monai_1_5.DiceLoss, which applies a sigmoid itself, but"
            + " --activation is softmax",
        "--resume --overwrite           | --resume and --overwrite are given, but a stopped training either goes on or"
            + " is lost"})
    void namesTheOption(String options, String message) {
        CommandRun run = run(2, options);
        assertThat(run.complaints()).singleElement().asString().startsWith("segloss4j: " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--val-images=DIR   | --val-images is given, but --val-masks is not",
        "--val-masks=DIR    | --val-masks is given, but --val-images is not",
        "--validation=1     | --validation is 1.0, but must be between 0 and 1",
        "--validation=0.5 --val-list=DIR | --validation and --val-list are given, but only one can say what is for"
            + " validation",
        "--crop=16x16       | --size and --crop are given, but images are either resized or cropped",
        "--size=18x16       | --size is 18x16, but both sides must be multiples of 4 for 3 levels",
        "--activation=sigmoid --weights=median | --weights is median, but with --activation sigmoid there is one"
            + " channel and no classes to weigh; region losses such as jaccard balance by themselves, and"
            + " tversky(alpha=0.3, beta=0.7) favours recall; or use softmax",
        "--activation=sigmoid --loss=cce | --loss has categorical_crossentropy, which never looks at the background of"
            + " a single channel; with --activation sigmoid use bce or binary_focal"})
    void namesTheOptionForFolders(String options, String message) {
        // A later option replaces an earlier one.
        CommandRun run = run(2, ("--images=IMAGES --masks=MASKS --classes=2 --ignore=255 --size=16x16 " + options)
                .replaceAll("--(classes|size)=\\S+ (?=.*--\\1=)", ""));
        assertThat(run.complaints()).containsExactly("segloss4j: " + message);
    }

    @Test
    void namesFilesThatDoNotBelongTogether() throws IOException {
        Files.delete(images.resolve("b.jpg"));
        Files.copy(images.resolve("c.png"), images.resolve("c.jpg"));
        assertThat(complaints("")).containsExactly(
                "segloss4j: mask " + masks.resolve("b.png") + " has no image",
                "segloss4j: image " + images.resolve("c.jpg") + " and c.png have one name, so it is not clear which is"
                        + " meant",
                "segloss4j: the images and masks do not fit together, so nothing is trained");
    }

    @Test
    void namesEveryBadFile() throws IOException {
        PngFiles.grey(masks.resolve("c.png"), 2, 1, 0, 1);
        ImageFolders.uniform(masks.resolve("d.png"), 7);
        Files.writeString(images.resolve("e.png"), "no picture");
        assertThat(complaints("")).containsExactlyInAnyOrder(
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
                .contains("segloss4j: there is no PNG, JPEG or TIFF file in " + empty);
        assertThat(run(1, "--images=IMAGES --masks=DIR/empty --classes=2 --size=16x16").complaints().get(0))
                .contains("there is no PNG").endsWith(" file in " + empty);
        assertThat(run(1, "--images=DIR/none --masks=MASKS --classes=2 --size=16x16").complaints().get(0))
                .contains(dir.resolve("none") + " does not exist");
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
        for (String name : new String[] {"b.jpg", "c.png", "d.jpg", "e.png"}) {
            Files.delete(images.resolve(name));
            Files.delete(masks.resolve(name.charAt(0) + ".png"));
        }
        assertThat(complaints("")).containsExactly("segloss4j: --images: 1 pair cannot be learnt from and validated by;"
                + " give --val-images and --val-masks");
    }

    /** Parts of an image that is smaller have pixels without a label. */
    @Test
    void needsSomethingVoidAroundSmallImages() throws IOException {
        for (char name = 'a'; name < 'f'; name++) {
            ImageFolders.uniform(masks.resolve(name + ".png"), name % 2);
        }
        assertThat(run(1, "--images=IMAGES --masks=MASKS --classes=2 --crop=24x16").complaints().get(0))
                .startsWith("segloss4j: image ").endsWith(" is 20x18, smaller than --crop 24x16; --ignore a value,"
                        + " which then fills what is missing, or crop less");
    }

    /** What took 90 s of silence before it failed. */
    @Test
    void needsMemory() {
        assertThat(run(1, "--images=IMAGES --masks=MASKS --classes=2 --ignore=255 --size=4096x4096 --batch=64")
                .complaints()).singleElement().asString().contains("a step of 64 images of 4096x4096 needs about ",
                " GB of memory, but there are ", "use ", "a smaller --size");
        assertThat(run(1, "--images=IMAGES --masks=MASKS --classes=2 --ignore=255 --size=20000x20000 --batch=1000000")
                .complaints()).singleElement().asString().contains("a step of 1000000 images of 20000x20000 needs",
                "use a smaller --size, or --crop to learn from parts of the images");
    }

    @Test
    void needsSomethingToGoOnFrom() {
        assertThat(complaints("--resume")).containsExactly("segloss4j: --resume: there is no last.zip in "
                + out + " to go on from");
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
