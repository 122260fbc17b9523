package org.segloss4j.dl4j;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.dataset.api.preprocessor.DataNormalization;
import org.nd4j.linalg.dataset.api.preprocessor.serializer.NormalizerSerializer;
import org.segloss4j.internal.files.WholeFile;

/** The zip file of a {@link SegmentationModel}: DL4J's own entries and {@value #ENTRY}. */
final class ModelFile {

    static final String ENTRY = "segloss4j.json";
    /** A description of some classes and the state of training are far below it. */
    private static final int MOST_TEXT = 64 << 20;
    /** Libraries quote what they cannot read, however long it is. */
    private static final int LONGEST_CAUSE = 300;

    private ModelFile() {
    }

    static void write(SegmentationModel model, Path file) throws IOException {
        WholeFile.removeUnfinished(file.toAbsolutePath().getParent());
        // DL4J ends the zip file that it writes, so the further entries go into a copy.
        try (WholeFile network = WholeFile.create(file); WholeFile whole = WholeFile.create(file)) {
            ModelSerializer.writeModel(model.network(), network.out(), true);
            copy(network.written(), model, whole.out());
            whole.finish();
        }
    }

    private static void copy(InputStream network, SegmentationModel model, OutputStream to) throws IOException {
        ZipOutputStream out = new ZipOutputStream(to);
        ZipInputStream in = new ZipInputStream(new BufferedInputStream(network));
        for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
            out.putNextEntry(new ZipEntry(entry.getName()));
            in.transferTo(out);
            out.closeEntry();
        }
        if (model.normalization() != null) {
            entry(out, ModelSerializer.NORMALIZER_BIN, bytes(model.normalization()));
        }
        entry(out, ENTRY, ModelDescription.of(model).toJson().getBytes(StandardCharsets.UTF_8));
        out.finish();
    }

    /** ND4J closes the stream that it writes a normaliser to, which fails in DL4J's own way to save one. */
    private static byte[] bytes(DataNormalization normalization) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        NormalizerSerializer.getDefault().write(normalization, bytes);
        return bytes.toByteArray();
    }

    private static void entry(ZipOutputStream out, String name, byte... content) throws IOException {
        out.putNextEntry(new ZipEntry(name));
        out.write(content);
        out.closeEntry();
    }

    static SegmentationModel read(Path file) throws IOException {
        try {
            ModelDescription description = ModelDescription.read(text(file));
            SegmentationModel model = description.network() == ModelDescription.Network.GRAPH
                    ? SegmentationModel.of(graph(file), description.labels(), description.size())
                    : SegmentationModel.of(layers(file), description.labels(), description.size());
            return description.applied(model).normalization(normalization(file));
        } catch (NoSuchFileException e) {
            throw new IOException("model " + file + " does not exist", e);
        } catch (IOException | RuntimeException e) {
            // DL4J and its JSON library answer damaged entries with unchecked exceptions.
            throw new IOException("model " + file + " cannot be read: " + cause(e), e);
        }
    }

    private static String text(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException("it is a folder");
        }
        requireZip(file);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry entry = zip.getEntry(ENTRY);
            if (entry == null) {
                throw new IOException(zip.getEntry(ModelSerializer.CONFIGURATION_JSON) == null
                        ? "it holds neither a network nor " + ENTRY
                        : "it is a model of DL4J without " + ENTRY
                        + "; SegmentationModel.of(network, ...).save writes one with it");
            }
            return new String(content(zip, entry), StandardCharsets.UTF_8);
        }
    }

    private static byte[] content(ZipFile zip, ZipEntry entry) throws IOException {
        // Unlike ZipInputStream, ZipFile does not compare checksums, so a flipped bit might change a class.
        try (CheckedInputStream in = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
            byte[] bytes = in.readNBytes(MOST_TEXT);
            if (in.read() >= 0) {
                throw new IOException(entry.getName() + " is larger than " + (MOST_TEXT >> 20) + " MB");
            }
            if (in.getChecksum().getValue() != entry.getCrc()) {
                throw new IOException("the checksum of " + entry.getName() + " is wrong, so the file is damaged");
            }
            return bytes;
        }
    }

    private static void requireZip(Path file) throws IOException {
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(4);
        }
        if (start.length == 0) {
            throw new IOException("it is empty");
        }
        if (start.length < 4 || start[0] != 'P' || start[1] != 'K') {
            throw new IOException("it is not a zip file");
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            zip.size();
        } catch (ZipException e) {
            throw new IOException("the zip file is truncated or damaged", e);
        }
    }

    private static ComputationGraph graph(Path file) throws IOException {
        return ModelSerializer.restoreComputationGraph(file.toFile());
    }

    private static MultiLayerNetwork layers(Path file) throws IOException {
        return ModelSerializer.restoreMultiLayerNetwork(file.toFile());
    }

    /** Not by DL4J's own way, which takes an entry that it cannot read for a serialised Java object. */
    private static DataNormalization normalization(Path file) throws IOException {
        byte[] bytes;
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry entry = zip.getEntry(ModelSerializer.NORMALIZER_BIN);
            if (entry == null) {
                return null;
            }
            bytes = content(zip, entry);
        }
        try {
            return NormalizerSerializer.getDefault().restore(new ByteArrayInputStream(bytes));
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(ModelSerializer.NORMALIZER_BIN + " holds no normaliser: " + e.getMessage(), e);
        }
    }

    private static String cause(Exception exception) {
        String message = exception.getMessage() == null ? exception.getClass().getSimpleName()
                : exception.getMessage();
        String line = message.lines().findFirst().orElse(message).strip();
        return line.length() <= LONGEST_CAUSE ? line : line.substring(0, LONGEST_CAUSE) + "...";
    }
}
