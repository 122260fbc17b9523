package org.segloss4j.data;

import java.io.IOException;
import java.nio.file.Path;
import org.segloss4j.internal.imageio.Orientation;
import org.segloss4j.internal.imageio.TiffFile;

/** The colours of a TIFF image, read in strips. */
final class TiffColourRows implements ColourRows {

    private final TiffFile file;
    private PictureRows strip;
    private int y;

    private TiffColourRows(TiffFile file) {
        this.file = file;
    }

    static ColourRows open(Path path) throws IOException {
        TiffFile file = TiffFile.open(path);
        try {
            if (file.orientation() != Orientation.UPRIGHT) {
                // Its first row needs the whole image.
                try (file) {
                    return new PictureRows(file.picture(0, file.height()), file.orientation());
                }
            }
            return new TiffColourRows(file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public ImageSize size() {
        return new ImageSize(file.width(), file.height());
    }

    @Override
    public boolean next(byte... row) throws IOException {
        if (strip != null && strip.next(row)) {
            return true;
        }
        if (y == file.height()) {
            return false;
        }
        int rows = Math.min(file.stripHeight(), file.height() - y);
        strip = null;
        strip = new PictureRows(file.picture(y, rows), Orientation.UPRIGHT);
        y += rows;
        return strip.next(row);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
