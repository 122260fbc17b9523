package org.segloss4j.cli.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.segloss4j.cli.input.UsageException;

/** The connection to Spark that every command opens in the same way. */
final class SparkJob {

    private SparkJob() {
    }

    /** The settings that spark-submit has given. */
    static SparkConf settings() {
        SparkConf conf = new SparkConf();
        if (!conf.contains("spark.master")) {
            throw new UsageException("there is no Spark master: submit by spark-submit, or give one by"
                    + " -Dspark.master=local[2]");
        }
        return conf.setIfMissing("spark.app.name", "segloss4j");
    }

    /** Connects. */
    static JavaSparkContext open(SparkConf conf) {
        return new JavaSparkContext(conf);
    }
}
