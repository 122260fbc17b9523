package org.segloss4j.cli.prediction;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.segloss4j.cli.input.ImageFile;
import org.segloss4j.data.ImageRows;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.MaskWriter;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.dl4j.SegmentationPredictor;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.UnwritableFileException;
import org.segloss4j.internal.files.WholeFile;

/**
 * Where the results of images go.
 *
 * @param masks         folder of the masks
 * @param overlays      folder of the images with their classes' colours, or null
 * @param probabilities folder of the probabilities, or null
 */
public record PredictedFiles(Path masks, Path overlays, Path probabilities) {

    private static final String PNG = ".png";

    /** What can be written of an image. */
    private enum Kind {
        PROBABILITIES, OVERLAY, MASK
    }

    /** The folders, of which at least one is there. */
    public List<Path> folders() {
        return List.copyOf(folderByKind().values());
    }

    /** In the order in which the files of an image appear: the mask last, so that with it everything is there. */
    private Map<Kind, Path> folderByKind() {
        Map<Kind, Path> folders = new LinkedHashMap<>();
        folders.put(Kind.PROBABILITIES, probabilities);
        folders.put(Kind.OVERLAY, overlays);
        folders.put(Kind.MASK, masks);
        folders.values().removeIf(folder -> folder == null);
        return folders;
    }

    /** All files of an image. */
    public List<Path> of(ImageFile image) {
        List<Path> files = new ArrayList<>();
        folderByKind().forEach((kind, folder) -> files.add(place(kind, folder, image)));
        return files;
    }

    private static Path place(Kind kind, Path folder, ImageFile image) {
        return folder.resolve(image.name() + (kind == Kind.PROBABILITIES ? ".npy" : PNG));
    }

    /**
     * Predicts an image. Its files appear when all are complete, one after the other; none if something fails.
     *
     * @param predictor what predicts
     * @param image     the image
     * @param watcher   is told of each row
     * @throws UnwritableFileException if a file cannot be written, as then hardly any other
     * @throws IOException             if the image cannot be read or does not fit into memory
     */
    void write(SegmentationPredictor predictor, ImageFile image, RowWatcher watcher)
            throws IOException {
        List<Output> outputs = new ArrayList<>();
        try (ImageRows rows = ImageRows.open(image.file())) {
            for (Map.Entry<Kind, Path> each : folderByKind().entrySet()) {
                outputs.add(new Output(place(each.getKey(), each.getValue(), image), out -> content(each.getKey(), out,
                        image, rows.size(), predictor.model())));
            }
            predictor.predict(rows, (y, labels, values) -> {
                for (Output output : outputs) {
                    output.content.row(labels, values);
                }
                watcher.row(y, rows.size(), labels);
            });
            for (Output output : outputs) {
                output.complete();
            }
            for (Output output : outputs) {
                output.file.finish();
            }
        } catch (FileFault e) {
            throw FileFault.named("image", image.file(), e);
        } finally {
            outputs.forEach(Output::close);
        }
    }

    private static RowOutput content(Kind kind, OutputStream out, ImageFile image, ImageSize size,
                                     SegmentationModel model) throws IOException {
        return switch (kind) {
            case PROBABILITIES -> new NpyWriter(out, size, model.channels());
            case OVERLAY -> new OverlayWriter(out, image.file(), model.labels().colours());
            case MASK -> new MaskOutput(MaskWriter.open(out, size, model.labels()));
        };
    }

    /** Makes the content of a file. */
    private interface Content {
        RowOutput on(OutputStream out) throws IOException;
    }

    /** A file and its content, which is complete before the file may appear. */
    private static final class Output {

        private final WholeFile file;
        private final RowOutput content;
        private boolean complete;

        Output(Path place, Content content) throws IOException {
            try {
                Files.createDirectories(place.toAbsolutePath().getParent());
            } catch (IOException e) {
                throw new UnwritableFileException(place, e);
            }
            file = WholeFile.create(place);
            try {
                this.content = content.on(file.out());
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        }

        void complete() throws IOException {
            content.close();
            complete = true;
        }

        /** After a fault, which is told already, nothing that goes wrong here matters. */
        void close() {
            try (file) {
                if (!complete) {
                    content.close();
                }
            } catch (IOException e) {
                return;
            }
        }
    }
}
