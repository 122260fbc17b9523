package org.segloss4j.cli.options;

import java.nio.file.Path;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.FilePairing;
import picocli.CommandLine.Option;

/** How the files of a folder of images and a folder of masks belong together. */
public final class PairingOptions {

    @Option(names = "--image-suffix", defaultValue = "", paramLabel = "TEXT",
            description = "What the names of images have before their ending and those of masks do not, such as"
                    + " _leftImg8bit.")
    private String imageSuffix;

    @Option(names = "--mask-suffix", defaultValue = "", paramLabel = "TEXT",
            description = "What the names of masks have before their ending and those of images do not, such as _mask"
                    + " or _gtFine_labelIds.")
    private String maskSuffix;

    @Option(names = "--recursive", description = "Look at sub-folders, too; images and masks lie in the same ones.")
    private boolean recursive;

    @Option(names = "--list", paramLabel = "FILE",
            description = "Take only what this text file names, one name a line, such as PASCAL VOC's train.txt.")
    private Path list;

    /** The first of these options that is given, or null. */
    public String given() {
        return !imageSuffix.isEmpty() ? "--image-suffix" : !maskSuffix.isEmpty() ? "--mask-suffix"
                : recursive ? "--recursive" : list != null ? "--list" : null;
    }

    /** Whether sub-folders are looked at. */
    public boolean recursive() {
        return recursive;
    }

    /** What images have before their ending; empty for nothing. */
    public String imageSuffix() {
        return imageSuffix;
    }

    /** What masks have before their ending; empty for nothing. */
    public String maskSuffix() {
        return maskSuffix;
    }

    /**
     * The pairing for masks that are named as the images, as predictions are.
     *
     * @return the pairing, whose mask suffix is that of the images
     * @throws UserException if a suffix is none
     */
    public FilePairing predictions() {
        return pairing().imageSuffix("").maskSuffix(imageSuffix);
    }

    /**
     * The pairing that the options say.
     *
     * @return the pairing
     * @throws UserException if a suffix is none
     */
    public FilePairing pairing() {
        FilePairing pairing;
        try {
            pairing = FilePairing.byName().imageSuffix(imageSuffix).maskSuffix(maskSuffix);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--image-suffix, --mask-suffix: " + e.getMessage(), e);
        }
        if (recursive) {
            pairing = pairing.recursive();
        }
        return list == null ? pairing : pairing.list(list);
    }
}
