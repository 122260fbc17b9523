package org.segloss4j.cli.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.dl4j.SegmentationModel;

/**
 * The model files of a training: {@value #LAST} to go on from, and {@value #BEST}, the network of the best epoch. Each
 * holds network, updater and state together and appears whole or not at all, so training may be killed at any moment.
 */
public final class Checkpoints {

    /** The file of the newest state. */
    public static final String LAST = "last.zip";
    /** The file of the best epoch. */
    public static final String BEST = "model.zip";
    /** Under which name the state of training stands in a model file. */
    private static final String STATE = "training";

    private final Path folder;
    private final Consumer<Path> written;

    public Checkpoints(Path folder) {
        this(folder, file -> { });
    }

    /**
     * Creates the checkpoints of a folder.
     *
     * @param folder  where they are
     * @param written is told of each file when it is complete
     */
    public Checkpoints(Path folder, Consumer<Path> written) {
        this.folder = folder;
        this.written = written;
    }

    /**
     * A network and how far its training has come.
     *
     * @param model the network with its updater
     * @param state how far it has come
     */
    public record Checkpoint(SegmentationModel model, TrainingState state) {
    }

    /** Whether a training has left something to go on from. */
    public boolean exist() {
        return Files.exists(folder.resolve(LAST));
    }

    /**
     * The newest checkpoint.
     *
     * @throws UserException if there is none, or it cannot be read
     */
    public Checkpoint last() {
        Path file = folder.resolve(LAST);
        if (!exist()) {
            throw new UserException("--resume: there is no " + LAST + " in " + folder + " to go on from");
        }
        return read(file);
    }

    /**
     * The checkpoint of the best epoch.
     *
     * @throws UserException if it cannot be read
     */
    public Checkpoint best() {
        return read(folder.resolve(BEST));
    }

    private static Checkpoint read(Path file) {
        try {
            SegmentationModel model = SegmentationModel.load(file);
            String state = model.properties().get(STATE);
            if (state == null) {
                throw new UserException("--resume: " + file + " is a model, but holds no state of a training");
            }
            return new Checkpoint(model, TrainingState.fromJson(state));
        } catch (IOException e) {
            throw new UserException(e.getMessage(), e);
        }
    }

    /**
     * Writes the newest state, and the network as the best if it is.
     *
     * @throws UserException if that fails; the older files are unchanged then
     */
    void write(SegmentationModel model, TrainingState state, boolean best) {
        Map<String, String> properties = new HashMap<>(model.properties());
        properties.put(STATE, state.toJson());
        SegmentationModel whole = model.properties(properties);
        try {
            Files.createDirectories(folder);
            // The best one first: what is lost in between is made again, in the same way, from the last one.
            if (best) {
                save(whole, BEST);
            }
            save(whole, LAST);
        } catch (IOException e) {
            throw new UserException("--out: " + folder + " cannot be written: " + e, e);
        }
    }

    private void save(SegmentationModel whole, String name) throws IOException {
        whole.save(folder.resolve(name));
        written.accept(folder.resolve(name));
    }
}
