package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which files make pairs; nothing is opened, so the files are empty. */
class FilePairingTest {

    @TempDir
    Path folder;

    private Path images;
    private Path masks;

    @BeforeEach
    void folders() throws IOException {
        images = Files.createDirectory(folder.resolve("images"));
        masks = Files.createDirectory(folder.resolve("masks"));
    }

    private static void files(Path folder, String... names) throws IOException {
        for (String name : names) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.createFile(folder.resolve(name));
        }
    }

    /** The pairs as "image mask", with paths below the folders of images and masks. */
    private List<String> paired(FilePairing pairing) throws IOException {
        return pairing.pair(images, masks).pairs().stream()
                .map(pair -> images.relativize(pair.image()) + " " + masks.relativize(pair.mask())).toList();
    }

    private List<String> problems(FilePairing pairing) {
        return catchThrowableOfType(UnpairedFilesException.class, () -> pairing.pair(images, masks)).problems();
    }

    @Test
    void namesPairWhateverTheirEndingsInTheOrderOfNames() throws IOException {
        files(images, "c.JPG", "a.jpeg", "b.PNG", "d.tif", "Thumbs.db", "._a.png", ".DS_Store", "notes.txt");
        files(masks, "d.png", "b.png", "c.Png", "a.png", "Thumbs.db", ".hidden.png");
        Files.createDirectory(masks.resolve("e.png"));

        assertThat(paired(FilePairing.byName())).containsExactly("a.jpeg a.png", "b.PNG b.png", "c.JPG c.Png",
                "d.tif d.png");
        assertThat(FilePairing.byName().pair(images, masks).notes()).isEmpty();
        assertThat(FilePairing.byName().pair(images, masks)).hasToString("4 pairs of image and mask");
    }

    @Test
    void theLayoutOfCityscapesPairsBySuffixesInSubFolders() throws IOException {
        files(images, "train/bochum/y_000_leftImg8bit.png", "train/aachen/x_000_leftImg8bit.png",
                "val/ulm/x_000_leftImg8bit.png");
        files(masks, "train/aachen/x_000_gtFine_color.png", "train/aachen/x_000_gtFine_labelTrainIds.png",
                "train/bochum/y_000_gtFine_labelTrainIds.png", "train/bochum/y_000_gtFine_polygons.json",
                "val/ulm/x_000_gtFine_labelTrainIds.png");
        FilePairing pairing = FilePairing.byName().imageSuffix("_leftImg8bit").maskSuffix("_gtFine_labelTrainIds")
                .recursive();

        assertThat(paired(pairing)).containsExactly(
                "train/aachen/x_000_leftImg8bit.png train/aachen/x_000_gtFine_labelTrainIds.png",
                "train/bochum/y_000_leftImg8bit.png train/bochum/y_000_gtFine_labelTrainIds.png",
                "val/ulm/x_000_leftImg8bit.png val/ulm/x_000_gtFine_labelTrainIds.png");
        assertThat(pairing.pair(images, masks).pairs().get(0).name())
                .isEqualTo("train/aachen/x_000_leftImg8bit.png");
        images = images.resolve("train");
        masks = masks.resolve("train");
        assertThat(paired(pairing)).hasSize(2);
    }

    @Test
    void theLayoutOfPascalVocTakesWhatTheListNamesInItsOrder() throws IOException {
        files(images, "2007_000032.jpg", "2007_000033.jpg", "2007_000039.jpg", "2008_000001.jpg");
        files(masks, "2007_000032.png", "2007_000033.png", "2007_000039.png");
        Path list = Files.writeString(folder.resolve("train.txt"),
                "\uFEFF2007_000039\r\n\r\n# the rest\r\n 2007_000032.png \r\n2007_000033.jpg");

        assertThat(paired(FilePairing.byName().list(list))).containsExactly("2007_000039.jpg 2007_000039.png",
                "2007_000032.jpg 2007_000032.png", "2007_000033.jpg 2007_000033.png");
        assertThat(FilePairing.byName().list(list).images(images)).extracting(file -> file.getFileName().toString())
                .containsExactly("2007_000039.jpg", "2007_000032.jpg", "2007_000033.jpg");
    }

    @Test
    void aListMayNameSubFoldersSuffixesAndEndings() throws IOException {
        files(images, "a/x_img.png", "b/x_img.png", "b/y_img.png");
        files(masks, "a/x_mask.png", "b/x_mask.png", "b/y_mask.png");
        Path list = Files.writeString(folder.resolve("list.txt"), "b/x\na\\x_img.png\n./b/y_mask\n");

        assertThat(paired(FilePairing.byName().imageSuffix("_img").maskSuffix("_mask").recursive().list(list)))
                .containsExactly("b/x_img.png b/x_mask.png", "a/x_img.png a/x_mask.png", "b/y_img.png b/y_mask.png");
    }

    @Test
    void whatAListNamesWithoutFilesIsAProblemEach() throws IOException {
        files(images, "a.png", "b.png");
        files(masks, "a.png", "c.png");
        Path list = Files.writeString(folder.resolve("list.txt"), "a\nb\nc\nd\na\na.png\n");
        String line = "list " + list + ", line ";

        assertThat(problems(FilePairing.byName().list(list))).containsExactly(
                line + "5 names a, as line 1 does",
                line + "4 names d, but there is neither an image nor a mask of that name",
                line + "6 names a.png, which an earlier line names, too",
                line + "2 names image " + images.resolve("b.png") + ", which has no mask",
                line + "3 names mask " + masks.resolve("c.png") + ", which has no image");
    }

    @Test
    void listsThatCannotBeReadAreNamed() throws IOException {
        files(images, "a.png");
        files(masks, "a.png");
        Path list = folder.resolve("list.txt");
        FilePairing pairing = FilePairing.byName().list(list);
        assertThatThrownBy(() -> pairing.pair(images, masks)).hasMessage("list " + list + " does not exist");
        Files.writeString(list, "\n# nothing\n");
        assertThatThrownBy(() -> pairing.pair(images, masks)).hasMessage("list " + list + " names nothing");
        Files.write(list, new byte[] {(byte) 0xFF, (byte) 0xC0});
        assertThatThrownBy(() -> pairing.pair(images, masks)).hasMessage("list " + list
                + " is not a text file in UTF-8");
        assertThatThrownBy(() -> FilePairing.byName().list(folder).pair(images, masks))
                .hasMessage("list " + folder + " cannot be read: it is a folder");
    }

    @Test
    void imagesWithoutAMaskAreOneNote() throws IOException {
        files(images, "a.jpg", "b.jpg", "c.jpg", "c.png", "d.jpg");
        files(masks, "b.png");

        FilePairs pairs = FilePairing.byName().pair(images, masks);
        assertThat(pairs.size()).isEqualTo(1);
        assertThat(pairs.notes()).containsExactly("3 of 4 images in " + images
                + " have no mask and are left out, such as a.jpg");
    }

    @Test
    void masksWithoutAnImageAndAmbiguousNamesAreProblems() throws IOException {
        files(images, "a.jpg", "a.png", "b.png");
        files(masks, "a.png", "b.png", "b.PNG", "c.png", "d.png");

        assertThat(problems(FilePairing.byName())).containsExactly(
                "image " + images.resolve("a.jpg") + " and a.png have one name, so it is not clear which is meant",
                "mask " + masks.resolve("b.PNG") + " and b.png have one name, so it is not clear which is meant",
                "mask " + masks.resolve("c.png") + " has no image",
                "mask " + masks.resolve("d.png") + " has no image");
        assertThatThrownBy(() -> FilePairing.byName().pair(images, masks))
                .hasMessageContaining("image " + images.resolve("a.jpg"))
                .hasMessageEndingWith("; and 3 more such problems").message().doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({
        "x1_leftImg8bit.png x2_leftImg8bit.png, x1_gtFine_color.png x2_gtFine_color.png,"
                + " '; with the image suffix _leftImg8bit and the mask suffix _gtFine_color there are 2 pairs'",
        "0001.jpg 0002.jpg, 0001_mask.png 0002_mask.png, '; with the mask suffix _mask there are 2 pairs'",
        "0001.jpg 0002.jpg, 0003.png 0004.png, '; suffixes say what differs'",
        "0001.jpg 0002.jpg, mask0001.png mask0002.png, '; suffixes say what differs'"})
    void whereNothingPairsTheNamesAndASuffixAreTold(String imageNames, String maskNames, String advice)
            throws IOException {
        files(images, imageNames.split(" "));
        files(masks, maskNames.split(" "));

        assertThat(problems(FilePairing.byName())).containsExactly("no image in " + images
                + " has a mask of its name in " + masks + ": the images have names such as "
                + imageNames.split(" ")[0] + ", the masks such as " + maskNames.split(" ")[0] + advice);
    }

    @Test
    void whereNothingIsFoundTheMessageSaysWhatThereIs() throws IOException {
        files(images, "a.png");
        assertThat(problems(FilePairing.byName())).containsExactly("there is no PNG file in " + masks);
        files(masks, "a.jpg", "b.jpg", "c.tif");
        assertThat(problems(FilePairing.byName())).containsExactly("there is no PNG file in " + masks
                + ", but 2 JPG and 1 TIF; labels are read from PNG alone, since most other formats change them");
        files(masks, "sub/a.png", "sub/b.png", "sub/.cache/c.png");
        assertThat(problems(FilePairing.byName())).containsExactly("there is no PNG file in " + masks
                + " itself, but there are 2 in its sub-folders, which recursive pairing looks at");
        files(masks, "z.png");
        assertThat(problems(FilePairing.byName().maskSuffix("_mask"))).containsExactly(
                "there is no PNG file of the mask suffix _mask in " + masks
                        + "; the files there have names such as z.png");
        files(images, "sub/gone.txt");
        images = images.resolve("sub");
        assertThat(problems(FilePairing.byName())).containsExactly("there is no PNG, JPEG or TIFF file in "
                + images);
    }

    @Test
    void foldersThatAreNoneAreNamed() throws IOException {
        files(images, "a.png");
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> FilePairing.byName().pair(images, missing)).isInstanceOf(IOException.class)
                .hasMessage(missing + " does not exist");
        assertThatThrownBy(() -> FilePairing.byName().pair(images.resolve("a.png"), images))
                .hasMessage(images.resolve("a.png") + " is not a folder");
    }

    @Test
    void aFolderMayHoldBoth() throws IOException {
        files(images, "a.jpg", "a.png", "b.jpg", "b.png");
        masks = images;
        assertThat(paired(FilePairing.byName())).containsExactly("a.jpg a.png", "b.jpg b.png");
        files(images, "c.png", "c_mask.png");
        assertThat(paired(FilePairing.byName().maskSuffix("_mask"))).containsExactly("c.png c_mask.png");
        for (String name : List.of("a.jpg", "b.jpg")) {
            Files.delete(images.resolve(name));
        }
        assertThat(problems(FilePairing.byName())).containsExactly("every image in " + images
                + " is a mask, too; suffixes of images or masks tell them apart");
    }

    @Test
    void accentsPairHoweverTheyAreStored() throws IOException {
        files(images, "cafe\u0301.png");
        files(masks, "caf\u00e9.png");
        assertThat(FilePairing.byName().pair(images, masks).size()).isEqualTo(1);
    }

    @Test
    void namesAreShownOnOneLine() throws IOException {
        files(images, "b.png");
        files(masks, "a\nsegloss4j: all is well.png", "b.png");
        assertThat(problems(FilePairing.byName())).containsExactly("mask " + masks
                + "/a\\nsegloss4j: all is well.png has no image");
    }

    @Test
    void linksAreFollowedButNotForEver() throws IOException {
        Path elsewhere = folder.resolve("elsewhere");
        files(elsewhere, "a.png");
        files(masks, "sub/a.png");
        Files.createSymbolicLink(images.resolve("sub"), elsewhere);
        assertThat(paired(FilePairing.byName().recursive())).containsExactly("sub/a.png sub/a.png");
        Files.createSymbolicLink(elsewhere.resolve("again"), elsewhere);
        assertThatThrownBy(() -> FilePairing.byName().recursive().pair(images, masks)).isInstanceOf(IOException.class)
                .hasMessageContaining("again is a link to a folder that it lies in");
    }

    @Test
    void masksAreFoundAlone() throws IOException {
        files(masks, "b_mask.png", "a_mask.png", "c.png");
        assertThat(FilePairing.byName().maskSuffix("_mask").masks(masks))
                .extracting(file -> file.getFileName().toString()).containsExactly("a_mask.png", "b_mask.png");
    }

    @Test
    void suffixesArePartsOfNames() {
        assertThatThrownBy(() -> FilePairing.byName().maskSuffix("/mask")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mask suffix /mask holds a separator of folders, but is a part of a file's name");
        assertThat(FilePairing.byName().imageSuffix("_i").maskSuffix("_m").recursive().scaledMasks())
                .hasToString("pairs by name, image suffix _i, mask suffix _m, recursive, masks scaled");
    }

    @Test
    void aListIsUtf8() throws IOException {
        files(images, "\u00e9.png");
        files(masks, "\u00e9.png");
        Path list = Files.write(folder.resolve("list.txt"), "e\u0301\n".getBytes(StandardCharsets.UTF_8));
        assertThat(FilePairing.byName().list(list).pair(images, masks).size()).isEqualTo(1);
    }
}
