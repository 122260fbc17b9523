package org.segloss4j.internal.imageio;

import com.twelvemonkeys.imageio.stream.BufferedFileImageInputStreamSpi;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.InputFile;
import org.segloss4j.internal.files.LargeArrays;

/** Calls a plug-in, which may answer a broken file with anything, or with a warning and wrong pixels. */
final class Decoding implements IIOReadWarningListener {

    private final ImageReader reader;
    private String damage;

    private Decoding(ImageReader reader) {
        this.reader = reader;
    }

    /** Something that a plug-in does. */
    interface Step<T> {
        T run() throws IOException;
    }

    /** Opens a file for a plug-in. */
    static ImageInputStream open(Path file) throws IOException {
        InputFile.size(file);
        return file.getFileSystem() == FileSystems.getDefault()
                ? new BufferedFileImageInputStreamSpi().createInputStreamInstance(file.toFile())
                // Within an archive; such files are no larger than what is decoded from them.
                : new MemoryCacheImageInputStream(Files.newInputStream(file));
    }

    /**
     * Lets a plug-in work.
     *
     * @param reader the plug-in
     * @param what   the file's size in words
     * @param bytes  that the work needs at least
     * @param step   the work
     * @return what it gives
     * @throws FileFault if it fails, or warns of pixels that are made up
     */
    static <T> T of(ImageReader reader, String what, long bytes, Step<T> step) throws FileFault {
        LargeArrays.require(what, bytes);
        Decoding decoding = new Decoding(reader);
        reader.addIIOReadWarningListener(decoding);
        try {
            T result = step.run();
            decoding.check();
            return result;
        } catch (FileFault e) {
            throw e;
        } catch (OutOfMemoryError e) {
            throw LargeArrays.tooLarge(what, bytes, e);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            decoding.check();
            throw new FileFault("is damaged or of a kind that is not read: " + FileFault.words(e), e);
        } finally {
            reader.removeIIOReadWarningListener(decoding);
        }
    }

    private void check() throws FileFault {
        if (damage != null) {
            throw new FileFault("is damaged: " + damage);
        }
    }

    /**
     * Most warnings are about profiles and other things beside the pixels. These are the decoder's words for data that
     * are missing or wrong, in whose place it makes pixels up. Extra bytes between two parts of the file are harmless.
     */
    @Override
    public void warningOccurred(ImageReader source, String warning) {
        String words = warning.toLowerCase(Locale.ROOT);
        boolean pixels = words.contains("premature end") || words.contains("corrupt jpeg data")
                || words.contains("truncated") || words.contains("inconsistent progression");
        if (damage == null && pixels && !words.contains("extraneous")) {
            boolean early = words.contains("premature end") || words.contains("truncated");
            damage = early ? "the image ends early" : FileFault.oneLine(warning);
        }
    }

    @Override
    public String toString() {
        return "decoding by " + reader;
    }
}
