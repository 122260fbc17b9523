package org.segloss4j.cli.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.segloss4j.cli.input.CountedMasks;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.LabelMap;
import org.segloss4j.weights.LabelCounting;

/** Counts the classes of masks on executors, each file on one of them. */
public final class SparkCounting {

    /** Files of a task: enough to be worth one, few enough that all executors have some. */
    private static final int FILES = 16;

    private SparkCounting() {
    }

    /** What is done with a folder of names and the counter of its files. */
    public interface Use extends BiFunction<Path, BiFunction<LabelMap, List<Path>, CountedMasks>, Integer> {
    }

    /**
     * Connects to Spark and looks at a folder.
     *
     * @param masks     a path or a URI
     * @param recursive whether sub-folders are wanted, too
     * @param use       receives the folder's names and the counter
     * @return what the use gives
     */
    public static int run(String masks, boolean recursive, Use use) {
        try (JavaSparkContext spark = SparkJob.open(SparkJob.settings())) {
            return inScratch(scratch -> {
                RemoteFolder folder = RemoteFolder.of("--masks", masks, recursive, spark.hadoopConfiguration(),
                        scratch);
                return use.apply(folder.folder(), (labels, files) -> count(spark, labels,
                        files.stream().map(folder::location).toList()));
            });
        }
    }

    /** Does something with a folder that is there meanwhile. */
    static <T> T inScratch(Function<Path, T> work) {
        try {
            Path scratch = Files.createTempDirectory("segloss4j-");
            try {
                return work.apply(scratch);
            } finally {
                Scratch.remove(scratch);
            }
        } catch (IOException e) {
            throw new UserException("a folder for files cannot be made: " + Staging.reason(e), e);
        }
    }

    private static CountedMasks count(JavaSparkContext spark, LabelMap labels, List<RemoteFolder.Location> files) {
        String map = labels.toJson();
        Broadcast<SerializableConfiguration> hadoop = spark.broadcast(
                new SerializableConfiguration(spark.hadoopConfiguration()));
        CountedMasks none = CountedMasks.none(LabelCounting.of(labels));
        return spark.parallelize(files, tasks(spark, files.size())).treeAggregate(none,
                (counted, file) -> counted.merge(one(map, file, hadoop.value().value())), CountedMasks::merge);
    }

    /** Into how many tasks files are divided. */
    static int tasks(JavaSparkContext spark, int files) {
        return Math.max(1, Math.min(files, Math.max(spark.defaultParallelism(), files / FILES)));
    }

    private static CountedMasks one(String map, RemoteFolder.Location location, Configuration hadoop) {
        LabelCounting counting = LabelCounting.of(LabelMap.fromJson(map));
        return inScratch(scratch -> {
            try {
                return CountedMasks.of(counting, location.fetch(hadoop, scratch));
            } catch (IOException e) {
                CountedMasks none = CountedMasks.none(counting);
                none.problems().add(e.getMessage());
                return none;
            }
        });
    }
}
