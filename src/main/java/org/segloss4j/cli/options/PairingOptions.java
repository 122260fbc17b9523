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

    /** Whether sub-folders are looked at. */
    public boolean recursive() {
        return recursive;
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
