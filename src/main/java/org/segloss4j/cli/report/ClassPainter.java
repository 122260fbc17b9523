package org.segloss4j.cli.report;

import java.awt.image.BufferedImage;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;

/** Images and masks as pictures. */
final class ClassPainter {

    /** 0xRRGGBB of void pixels in maps. */
    static final int VOID = 0xF2F2F2;
    /** 0xRRGGBB of wrong pixels. */
    static final int WRONG = 0xFF2D20;

    private final LabelMap labels;

    ClassPainter(LabelMap labels) {
        this.labels = labels;
    }

    static BufferedImage photo(RgbImage image) {
        return draw(image.size(), image::at);
    }

    /** Each class in its colour. */
    BufferedImage map(MaskImage mask) {
        return draw(mask.size(), (x, y) -> isVoid(mask.at(x, y)) ? VOID : labels.colours().get(mask.at(x, y)));
    }

    /** Wrong pixels in one colour upon the image, which is grey and dark; without an image upon black. */
    BufferedImage errors(Example example) {
        return draw(example.size(), (x, y) -> {
            int truth = example.truth().at(x, y);
            if (isVoid(truth)) {
                return VOID;
            }
            return truth == example.prediction().at(x, y) ? dark(example.image(), x, y) : WRONG;
        });
    }

    private static int dark(RgbImage image, int x, int y) {
        if (image == null) {
            return 0;
        }
        int colour = image.at(x, y);
        int grey = (299 * (colour >> 16) + 587 * (colour >> 8 & 0xFF) + 114 * (colour & 0xFF)) / 1000;
        return grey / 2 * 0x010101;
    }

    private boolean isVoid(int label) {
        return labels.ignoreIndex() != null && labels.ignoreIndex() == label;
    }

    private static BufferedImage draw(ImageSize size, Colours colours) {
        BufferedImage picture = new BufferedImage(size.width(), size.height(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                picture.setRGB(x, y, colours.at(x, y));
            }
        }
        return picture;
    }

    /** A colour for each place. */
    private interface Colours {
        int at(int x, int y);
    }
}
