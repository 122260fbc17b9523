package org.segloss4j.cli.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;

class SmallMaskTest {

    @ParameterizedTest
    @CsvSource({"31x17, 9x5", "31x17, 31x17", "31x17, 40x60", "1x1, 3x2", "100x1, 7x1", "640x481, 639x480"})
    void isTheCopyThatResizingMakes(String from, String to) {
        ImageSize size = ImageSize.of(from);
        ImageSize small = ImageSize.of(to);
        MaskImage mask = MaskImage.of(size.width(), size.height(), new Random(4).ints(size.pixels(), 0, 50).toArray());
        SmallMask copy = new SmallMask(size, small, LabelMap.indexes(50));
        int[] row = new int[size.width()];
        for (int y = 0; y < size.height(); y++) {
            int line = y;
            Arrays.setAll(row, x -> mask.at(x, line));
            copy.row(y, row);
        }
        assertThat(copy.mask()).isEqualTo(mask.resized(small.width(), small.height()));
    }

    @Test
    void keepsProportionsAndNeverGrows() {
        assertThat(SmallMask.within(640, new ImageSize(1920, 1080))).isEqualTo(new ImageSize(640, 360));
        assertThat(SmallMask.within(640, new ImageSize(3, 6400))).isEqualTo(new ImageSize(1, 640));
        assertThat(SmallMask.within(640, new ImageSize(300, 200))).isEqualTo(new ImageSize(300, 200));
    }

    @Test
    void showsWhatIsNoClassAsVoid() {
        SmallMask mask = new SmallMask(new ImageSize(2, 1), new ImageSize(2, 1), LabelMap.indexes(2).ignoring(255));
        mask.row(0, 1, LabelMap.UNKNOWN);
        assertThat(mask.mask()).isEqualTo(MaskImage.of(2, 1, 1, 255));
    }
}
