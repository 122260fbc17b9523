package org.segloss4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.segloss4j.internal.files.FileNames;

/**
 * How the files of images and of masks belong together: by the same name, endings aside. Immutable.
 *
 * <p>What is more in the names is a suffix, sub-folders are looked at on request, and a list may say which samples are
 * meant:
 *
 * <pre>{@code
 * // images/0001.jpg and masks/0001.png
 * FilePairs pairs = FilePairing.byName().pair(Path.of("images"), Path.of("masks"));
 *
 * // leftImg8bit/train/aachen/x_leftImg8bit.png and gtFine/train/aachen/x_gtFine_labelIds.png
 * FilePairs cityscapes = FilePairing.byName().imageSuffix("_leftImg8bit").maskSuffix("_gtFine_labelIds").recursive()
 *         .pair(Path.of("leftImg8bit/train"), Path.of("gtFine/train"));
 *
 * // The 1464 images of PASCAL VOC's split for training
 * FilePairs voc = FilePairing.byName().list(Path.of("ImageSets/Segmentation/train.txt"))
 *         .pair(Path.of("JPEGImages"), Path.of("SegmentationClass"));
 * }</pre>
 *
 * <p>Images are PNG, JPEG or TIFF, masks PNG; the case of endings does not matter, that of names does. Other files,
 * such as Thumbs.db, and hidden ones are left out. Links are followed. A folder may hold both images and masks, if
 * endings or suffixes tell them apart.
 *
 * <ul>
 *   <li>An image without a mask is left out: many data sets have labelled only some of their images. How many is
 *       one {@linkplain FilePairs#notes note}.</li>
 *   <li>A mask without an image is an error: somebody has labelled an image that is now missing or has another
 *       name.</li>
 *   <li>So are two files for one name, and a name in the list that has no image or no mask. What the list does not
 *       name is left out.</li>
 * </ul>
 *
 * <p>May be shared by threads.
 *
 * @since 0.1.0
 */
public final class FilePairing {

    private static final FilePairing BY_NAME = new FilePairing("", "", false, null, false);

    private final String imageSuffix;
    private final String maskSuffix;
    private final boolean recursive;
    /** The list of names, or null for all. */
    private final Path list;
    private final boolean scalesMasks;

    private FilePairing(String imageSuffix, String maskSuffix, boolean recursive, Path list, boolean scalesMasks) {
        this.imageSuffix = imageSuffix;
        this.maskSuffix = maskSuffix;
        this.recursive = recursive;
        this.list = list;
        this.scalesMasks = scalesMasks;
    }

    /**
     * Files directly in their folders that differ in their endings alone.
     *
     * @return the pairing
     */
    public static FilePairing byName() {
        return BY_NAME;
    }

    /**
     * Says what images have at the end of their names, before the ending, and masks do not. Other files are no images.
     *
     * @param suffix such as {@code _leftImg8bit}; empty for none
     * @return the new pairing
     * @throws IllegalArgumentException if it holds a separator of folders
     */
    public FilePairing imageSuffix(String suffix) {
        return new FilePairing(checked("image", suffix), maskSuffix, recursive, list, scalesMasks);
    }

    /**
     * Says what masks have at the end of their names, before the ending, and images do not. Other files are no masks.
     *
     * @param suffix such as {@code _mask} or {@code _gtFine_labelIds}; empty for none
     * @return the new pairing
     * @throws IllegalArgumentException if it holds a separator of folders
     */
    public FilePairing maskSuffix(String suffix) {
        return new FilePairing(imageSuffix, checked("mask", suffix), recursive, list, scalesMasks);
    }

    private static String checked(String kind, String suffix) {
        if (suffix.contains("/") || suffix.contains("\\")) {
            throw new IllegalArgumentException(kind + " suffix " + FileNames.shown(suffix)
                    + " holds a separator of folders, but is a part of a file's name");
        }
        return suffix;
    }

    /**
     * Looks at sub-folders, too: the path below the folder of images is then that below the folder of masks.
     *
     * @return the new pairing
     */
    public FilePairing recursive() {
        return new FilePairing(imageSuffix, maskSuffix, true, list, scalesMasks);
    }

    /**
     * Takes only what a text file names, in its order: one name a line, with or without suffix and ending, and with
     * sub-folders if there are any. Blank lines and those that begin with # are left out.
     *
     * @param file the list, in UTF-8; read when files are paired
     * @return the new pairing
     */
    public FilePairing list(Path file) {
        return new FilePairing(imageSuffix, maskSuffix, recursive, file, scalesMasks);
    }

    /**
     * Brings masks to the size of their images where they differ, each pixel taking the nearest label. Otherwise a
     * mask of another size is an error when it is read, since it may belong to another image.
     *
     * @return the new pairing
     */
    public FilePairing scaledMasks() {
        return new FilePairing(imageSuffix, maskSuffix, recursive, list, true);
    }

    /**
     * Pairs the files of two folders. No file is opened.
     *
     * @param images folder of the images
     * @param masks  folder of the masks; may be the same
     * @return at least one pair, in the order of the list or else of the names, the same on every file system
     * @throws UnpairedFilesException if files are missing, or two have one name
     * @throws IOException            if a folder or the list cannot be read; the message is one line that names it
     */
    public FilePairs pair(Path images, Path masks) throws IOException {
        FolderFiles maskFiles = FolderFiles.some(masks, FolderFiles.Kind.MASK, maskSuffix, recursive);
        FolderFiles imageFiles = FolderFiles.some(images, FolderFiles.Kind.IMAGE, imageSuffix, recursive);
        imageFiles.removeAll(maskFiles);
        if (imageFiles.byKey().isEmpty()) {
            throw new UnpairedFilesException(List.of("every image in " + FileNames.shown(images)
                    + " is a mask, too; suffixes of images or masks tell them apart"));
        }
        PairSearch search = new PairSearch(imageFiles, maskFiles);
        List<FilePair> pairs = search.pairs(chosen(maskFiles, imageFiles, search.problems()), list == null);
        if (pairs.isEmpty() && search.nothingMatches()) {
            throw new UnpairedFilesException(List.of(search.nothingMatches(images, masks)));
        }
        if (!search.problems().isEmpty()) {
            throw new UnpairedFilesException(search.problems());
        }
        return new FilePairs(pairs, list == null ? search.notes(images) : List.of(), scalesMasks);
    }

    /** The keys that pairs are wanted for, each with where it comes from, for messages. */
    private Map<String, String> chosen(FolderFiles first, FolderFiles second, List<String> problems)
            throws IOException {
        Map<String, String> keys = new LinkedHashMap<>();
        if (list != null) {
            return SplitList.read(list, problems).keys(key -> !first.at(key).isEmpty() || !second.at(key).isEmpty(),
                    problems, imageSuffix, maskSuffix);
        }
        first.byKey().keySet().forEach(key -> keys.put(key, ""));
        return keys;
    }

    /**
     * The images of a folder by the same rules, without masks.
     *
     * @param folder the folder
     * @return at least one file, in the order of {@link #pair}
     * @throws UnpairedFilesException if there is none, or a name in the list has none or two
     * @throws IOException            if the folder or the list cannot be read
     */
    public List<Path> images(Path folder) throws IOException {
        return alone(FolderFiles.some(folder, FolderFiles.Kind.IMAGE, imageSuffix, recursive));
    }

    /**
     * The masks of a folder by the same rules, without images.
     *
     * @param folder the folder
     * @return at least one file, in the order of {@link #pair}
     * @throws UnpairedFilesException if there is none, or a name in the list has none or two
     * @throws IOException            if the folder or the list cannot be read
     */
    public List<Path> masks(Path folder) throws IOException {
        return alone(FolderFiles.some(folder, FolderFiles.Kind.MASK, maskSuffix, recursive));
    }

    private List<Path> alone(FolderFiles files) throws IOException {
        if (list == null) {
            return files.byKey().values().stream().flatMap(List::stream).toList();
        }
        List<String> problems = new ArrayList<>();
        List<Path> chosen = new ArrayList<>();
        chosen(files, files, problems).forEach((key, from) -> {
            if (files.at(key).size() > 1) {
                problems.add(PairSearch.ambiguous(files.at(key)));
            }
            chosen.add(files.at(key).get(0));
        });
        if (!problems.isEmpty()) {
            throw new UnpairedFilesException(problems);
        }
        return chosen;
    }

    @Override
    public String toString() {
        return "pairs by name" + (imageSuffix.isEmpty() ? "" : ", image suffix " + imageSuffix)
                + (maskSuffix.isEmpty() ? "" : ", mask suffix " + maskSuffix) + (recursive ? ", recursive" : "")
                + (list == null ? "" : ", listed in " + list) + (scalesMasks ? ", masks scaled" : "");
    }
}
