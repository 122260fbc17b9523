package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;
import org.segloss4j.ForkedJvm;

/** Data sets that are larger than memory, read in a JVM that has little of it. */
@Tag("slow")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class StreamingMemoryTest {

    private static final int FILES = 10_000;
    private static final int LARGE = 40;
    private static final ImageSize SIDE = new ImageSize(1500, 1000);

    @TempDir
    Path folder;

    /** One file under many names, so that ten thousand take no space. */
    private void folder(int count, ImageSize size) throws IOException {
        Path images = Files.createDirectory(folder.resolve("images"));
        Path masks = Files.createDirectory(folder.resolve("masks"));
        Path image = PngFiles.plain(folder.resolve("image.png"), BufferedImage.TYPE_INT_RGB,
                size.width(), size.height());
        int[] labels = new int[(int) size.pixels()];
        for (int p = 0; p < labels.length; p += 2) {
            labels[p] = 255;
        }
        Path mask = PngFiles.grey(folder.resolve("mask.png"), size.width(), size.height(), labels);
        for (int k = 0; k < count; k++) {
            Files.createLink(images.resolve(k + ".png"), image);
            Files.createLink(masks.resolve(k + ".png"), mask);
        }
    }

    /** What the JVM said: samples, heap in bytes after the first and after the last tenth. */
    private List<Long> streamed(String heap, String size, int batch) throws Exception {
        String said = new ForkedJvm(Map.of("OMP_NUM_THREADS", "1"), List.of("-Xmx" + heap), Reader.class,
                folder.toString(), size, Integer.toString(batch)).result();
        assertThat(said).startsWith("0\n");
        return said.lines().filter(line -> line.startsWith("read ")).flatMap(line -> List.of(line.split(" ")).stream())
                .skip(1).map(Long::valueOf).toList();
    }

    @Test
    void tenThousandFilesTakeNoMoreMemoryThanAThousand() throws Exception {
        folder(FILES, new ImageSize(32, 24));
        List<Long> said = streamed("48m", "32x24", 20);
        assertThat(said.get(0)).isEqualTo(FILES);
        assertThat(said.get(2)).isLessThan(said.get(1) + 2_000_000);
    }

    /** 40 images of 4.5 MB and masks of 6 MB, four times the heap. */
    @Test
    void imagesThatTogetherExceedTheHeapAreRead() throws Exception {
        folder(LARGE, SIDE);
        assertThat(LARGE * SIDE.pixels() * 7).isGreaterThan(4 * 96_000_000L);
        List<Long> said = streamed("96m", "96x64", 1);
        assertThat(said.get(0)).isEqualTo(LARGE);
        assertThat(said.get(2)).isLessThan(said.get(1) + 2_000_000);
    }

    /** Reads a folder once, shuffled and augmented. */
    static final class Reader {

        private Reader() {
        }

        public static void main(String[] args) throws IOException {
            FilePairs pairs = FilePairing.byName().pair(Path.of(args[0], "images"), Path.of(args[0], "masks"));
            SegmentationIterator iterator = SegmentationIterator.of(pairs.source(ImageSize.of(args[1]),
                    LabelMap.values(0, 255))).batch(Integer.parseInt(args[2])).shuffle(1).threads(2)
                    .augment(Augmentation.none().flipHorizontal().scale(1, 2), 1);
            int seen = 0;
            long early = 0;
            while (iterator.hasNext()) {
                DataSet batch = iterator.next();
                seen += batch.numExamples();
                if (early == 0 && seen >= pairs.size() / 10) {
                    early = heap();
                }
            }
            System.out.println("read " + seen + " " + early + " " + heap());
        }

        private static long heap() {
            System.gc();
            return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        }
    }
}
