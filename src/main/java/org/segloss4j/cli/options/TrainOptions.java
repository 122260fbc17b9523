package org.segloss4j.cli.options;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.demo.UNet;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.dl4j.SegmentationModel;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What is learnt and how, and where the results go: the options of every command that trains. */
public final class TrainOptions {

    /** Of these options alone, without those of the command that they belong to. */
    @Spec(Spec.Target.SELF)
    private CommandSpec spec;

    @Mixin
    private DataOptions data;

    @Mixin
    private LossOptions loss;

    @Mixin
    private StepOptions steps;

    @Mixin
    private NetworkOptions network;

    @Option(names = "--parts", paramLabel = "P",
            description = "Into how many parts each batch is divided, one or more for each worker; the result depends"
                    + " on it, but not on the number of workers (default: as many as there are workers).")
    private Integer parts;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Of weights, order and changes of the images; the same seed gives the same result"
                    + " (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--out", defaultValue = "segloss4j-out", paramLabel = "DIR",
            description = "Folder for the results (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--resume", description = "Go on with the training that was stopped in the folder of the results;"
            + " give the same options as then.")
    private boolean resume;

    @Option(names = "--overwrite", description = "Begin anew though a stopped training in that folder is lost by it.")
    private boolean overwrite;

    /**
     * Checks everything that can be checked without reading a file.
     *
     * @throws UsageException for options that are missing, do not go together or have bad values
     */
    public void check() {
        data.check();
        steps.check();
        unet();
        channels();
        loss.check(network.sigmoid(), data.labels());
        if (resume && overwrite) {
            throw new UsageException("--resume and --overwrite are given, but a stopped training either goes on or"
                    + " is lost");
        }
    }

    public DataOptions data() {
        return data;
    }

    public LossOptions loss() {
        return loss;
    }

    public StepOptions steps() {
        return steps;
    }

    public long seed() {
        return seed;
    }

    /** The folder of the results. */
    public Path out() {
        return out;
    }

    /** Whether a stopped training goes on. */
    public boolean resume() {
        return resume;
    }

    /** Whether a stopped training may be lost. */
    public boolean overwrite() {
        return overwrite;
    }

    /**
     * The parts of each batch.
     *
     * @param replicas that share them
     * @throws UsageException if a replica or a part would have nothing to do, or the loss cannot be divided
     */
    public int parts(int replicas) {
        int all = parts == null ? replicas : parts;
        String what = parts == null ? "there are " + all + " workers" : "--parts is " + all;
        if (all < replicas || all < 1) {
            throw new UsageException("--parts is " + all + ", but must be at least " + replicas + ", the number of"
                    + " workers");
        }
        if (all > steps.batch()) {
            throw new UsageException(what + ", but --batch is " + steps.batch() + ", which cannot be divided into so"
                    + " many parts");
        }
        if (all > 1) {
            loss.requireMergeable(what);
        }
        return all;
    }

    /** The network. */
    public UNet unet() {
        return network.network(data.cropped() ? "--crop" : "--size", data.size());
    }

    /** The channels of the probabilities. */
    public int channels() {
        return network.channels(data.labels().classes());
    }

    /**
     * The network's configuration.
     *
     * @param function   the loss
     * @param epochSteps steps of an epoch, on which the learning rate depends
     */
    public ComputationGraphConfiguration configuration(SegmentationLoss function, int epochSteps) {
        return unet().configuration(data.size(), channels(), network.activation(), function, steps.rate(epochSteps),
                seed);
    }

    /** A new network of a configuration, untrained. */
    public SegmentationModel model(ComputationGraphConfiguration configuration) {
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        SegmentationModel model = SegmentationModel.of(graph, data.labels(), data.size()).channelsLast(true)
                .scale(data.cropped() ? SegmentationModel.Scale.NATIVE : SegmentationModel.Scale.RESIZED)
                .normalization(new ImagePreProcessingScaler(-1, 1));
        return network.sigmoid() ? model.sigmoid(0.5) : model;
    }

    /**
     * What the result depends on: every option but those that name folders or say how to go on.
     *
     * @param learnt   the data
     * @param allParts of each batch
     */
    public Map<String, String> settings(TrainingData learnt, int allParts) {
        Map<String, String> settings = new LinkedHashMap<>();
        spec.options().forEach(option -> {
            Object value = option.getValue();
            if (value != null && !(value instanceof Path) && !(value instanceof Boolean)) {
                settings.put(option.longestName(), value.toString());
            }
        });
        // A batch in one part is what there was before there were parts.
        settings.remove("--parts");
        if (allParts > 1) {
            settings.put("--parts", Integer.toString(allParts));
        }
        settings.put("--images", learnt.training().size() + " images to learn from and " + learnt.validation().size()
                + " for validation, classes " + learnt.trainingCounts().toJson());
        return settings;
    }

    /**
     * Refuses to go on with a training by other settings.
     *
     * @throws UserException that names the first one
     */
    public void requireSame(Map<String, String> before, Map<String, String> now) {
        for (String name : now.keySet()) {
            String old = before.get(name);
            if (now.get(name).equals(old)) {
                continue;
            }
            if (name.equals("--epochs") && steps.constantRate()) {
                continue;
            }
            if (name.equals("--images")) {
                throw new UserException("--resume: the images and masks are not those of the training that was"
                        + " stopped, in number or in the pixels of their classes");
            }
            throw new UserException("--resume: " + name + " is " + now.get(name) + ", but was "
                    + (old == null ? "not given" : old) + " when the training was stopped; give the same"
                    + (name.equals("--epochs") ? ", since the learning rate depends on it unless --schedule is constant"
                    : ""));
        }
        for (String name : before.keySet()) {
            if (!now.containsKey(name)) {
                throw new UserException("--resume: " + name + " is not given, but was " + before.get(name)
                        + " when the training was stopped; give the same");
            }
        }
    }
}
