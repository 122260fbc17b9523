package org.segloss4j.dl4j;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
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

/** The zip file of a {@link SegmentationModel}: DL4J's own entries and {@value #ENTRY}. */
final class ModelFile {

    static final String ENTRY = "segloss4j.json";
    /** A description of some classes and the state of training are far below it. */
    private static final int MOST_TEXT = 64 << 20;

    private ModelFile() {
    }

    static void write(SegmentationModel model, Path file) throws IOException {
        String name = file.getFileName() + "." + UUID.randomUUID();
        Path network = file.resolveSibling("." + name + ".network.part");
        Path whole = file.resolveSibling("." + name + ".part");
        try {
            // DL4J ends the zip file that it writes, so the further entry goes into a copy.
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(network,
                    StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
                ModelSerializer.writeModel(model.network(), out, true);
            }
            try (FileChannel channel = FileChannel.open(whole, StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE)) {
                copy(network, model, channel);
                channel.force(true);
            }
            Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(network);
            Files.deleteIfExists(whole);
        }
    }

    private static void copy(Path network, SegmentationModel model, FileChannel channel) throws IOException {
        // Not closed, since that would close the channel before its content is forced to the disk.
        ZipOutputStream out = new ZipOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel)));
        try (ZipInputStream in = new ZipInputStream(new BufferedInputStream(Files.newInputStream(network)))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                in.transferTo(out);
                out.closeEntry();
            }
        }
        if (model.normalization() != null) {
            entry(out, ModelSerializer.NORMALIZER_BIN, bytes(model.normalization()));
        }
        entry(out, ENTRY, ModelDescription.of(model).toJson().getBytes(StandardCharsets.UTF_8));
        out.finish();
        out.flush();
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
            // Unlike ZipInputStream, ZipFile does not compare checksums, so a flipped bit might change a class.
            try (CheckedInputStream in = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
                byte[] bytes = in.readNBytes(MOST_TEXT);
                if (in.read() >= 0) {
                    throw new IOException(ENTRY + " is larger than " + (MOST_TEXT >> 20) + " MB");
                }
                if (in.getChecksum().getValue() != entry.getCrc()) {
                    throw new IOException("the checksum of " + ENTRY + " is wrong, so the file is damaged");
                }
                return new String(bytes, StandardCharsets.UTF_8);
            }
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

    private static DataNormalization normalization(Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            if (zip.getEntry(ModelSerializer.NORMALIZER_BIN) == null) {
                return null;
            }
        }
        return ModelSerializer.restoreNormalizerFromFile(file.toFile());
    }

    private static String cause(Exception exception) {
        String message = exception.getMessage() == null ? exception.getClass().getSimpleName()
                : exception.getMessage();
        return message.lines().findFirst().orElse(message).strip();
    }
}
