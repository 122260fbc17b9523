package org.segloss4j.cli.spark;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.segloss4j.cli.evaluation.EvaluationTally;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.LabelMap;

/** Compares images on executors, each on one of them. */
public final class SparkEvaluation implements AutoCloseable {

    private final JavaSparkContext spark = SparkJob.open(SparkJob.settings());
    private final Path scratch;
    private final Map<String, RemoteFolder> folders = new HashMap<>();

    /**
     * Connects to Spark.
     *
     * @param scratch an empty folder of this machine
     */
    private SparkEvaluation(Path scratch) {
        this.scratch = scratch;
    }

    /** What is done with the connection. */
    public interface Use {

        /** Gives the exit code. */
        int with(SparkEvaluation spark);
    }

    /** Connects, and disconnects at the end. */
    public static int run(Use use) {
        return SparkCounting.inScratch(scratch -> {
            try (SparkEvaluation spark = new SparkEvaluation(scratch)) {
                return use.with(spark);
            }
        });
    }

    /** Compares one image. It is sent to the executors. */
    public interface Comparer extends Serializable {

        /**
         * Compares.
         *
         * @param index  of the image
         * @param name   of the image
         * @param first  one file of the pair
         * @param second the other
         * @param model  the content of the model's file, or null
         * @param labels what the masks store
         */
        EvaluationTally compare(int index, String name, Path first, Path second, byte[] model, LabelMap labels);
    }

    /**
     * A pair of files.
     *
     * @param name   of the image
     * @param first  in a folder that was looked at
     * @param second in a folder that was looked at
     */
    public record Pair(String name, Path first, Path second) {
    }

    private record Located(int index, String name, RemoteFolder.Location first, RemoteFolder.Location second)
            implements Serializable {
    }

    /**
     * Looks at the names of a folder.
     *
     * @param option    that names it
     * @param text      a path or a URI
     * @param recursive whether sub-folders are wanted, too
     * @return a folder with these names
     */
    public Path folder(String option, String text, boolean recursive) {
        try {
            RemoteFolder folder = RemoteFolder.of(option, text, recursive, spark.hadoopConfiguration(),
                    Files.createTempDirectory(scratch, "names"));
            folders.put(option, folder);
            return folder.folder();
        } catch (IOException e) {
            throw new UserException(option + ": " + Staging.reason(e), e);
        }
    }

    /** Brings a file to this machine. */
    public Path file(String option, String text) {
        try {
            return new RemoteFolder.Location(text).fetch(spark.hadoopConfiguration(), scratch);
        } catch (IOException e) {
            throw new UserException(option + ": " + Staging.reason(e), e);
        }
    }

    private RemoteFolder.Location location(Path file) {
        return folders.values().stream().filter(folder -> file.startsWith(folder.folder())).findFirst().orElseThrow()
                .location(file);
    }

    /**
     * Compares pairs of files.
     *
     * @param pairs  of files in the folders
     * @param model  the model's file on this machine, or null
     * @param labels what the masks store
     * @param compare how
     * @return all together
     */
    public EvaluationTally compare(List<Pair> pairs, Path model, LabelMap labels, Comparer compare) {
        List<Located> located = new ArrayList<>(IntStream.range(0, pairs.size()).mapToObj(k -> new Located(k,
                pairs.get(k).name(), location(pairs.get(k).first()), location(pairs.get(k).second()))).toList());
        String map = labels.toJson();
        Broadcast<byte[]> content = spark.broadcast(read(model));
        Broadcast<SerializableConfiguration> hadoop = spark.broadcast(
                new SerializableConfiguration(spark.hadoopConfiguration()));
        int tasks = SparkCounting.tasks(spark, located.size());
        return spark.parallelize(located, tasks).treeAggregate(EvaluationTally.none(labels), (tally, pair) -> tally
                .merge(one(pair, content.value(), LabelMap.fromJson(map), compare, hadoop.value().value())),
                EvaluationTally::merge);
    }

    private static byte[] read(Path model) {
        try {
            return model == null ? new byte[0] : Files.readAllBytes(model);
        } catch (IOException e) {
            throw new UserException("--model: " + Staging.reason(e), e);
        }
    }

    private static EvaluationTally one(Located pair, byte[] model, LabelMap labels, Comparer compare,
                                       Configuration hadoop) {
        return SparkCounting.inScratch(folder -> {
            try {
                Path first = pair.first().fetch(hadoop, Files.createDirectory(folder.resolve("first")));
                Path second = pair.second().fetch(hadoop, Files.createDirectory(folder.resolve("second")));
                return compare.compare(pair.index(), pair.name(), first, second, model, labels);
            } catch (IOException e) {
                return EvaluationTally.failed(pair.index(), e.getMessage(), labels);
            }
        });
    }

    @Override
    public void close() {
        spark.close();
    }
}
