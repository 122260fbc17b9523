package org.segloss4j.cli.spark;

import java.io.PrintWriter;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.files.FileFault;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** The driver of a training: starts one barrier task for each replica and waits until all are done. */
public final class SparkTraining {

    private static final Pattern LOCAL = Pattern.compile("local(\\[(\\d+|\\*)(,.*)?])?");
    private static final int SECRET_BYTES = 32;

    private final PrintWriter out;
    private final PrintWriter err;

    /**
     * Creates the driver.
     *
     * @param out receives what the first replica prints
     * @param err receives failures
     */
    public SparkTraining(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
    }

    /**
     * Trains.
     *
     * @param main      what each replica runs
     * @param options   its options
     * @param replicas  how many there are, or null for as many as Spark is asked for executors
     * @param check     refuses a number of replicas that the options do not go with, before Spark starts
     * @param timeout  how long a replica waits for the others
     * @return the exit code
     * @throws UserException if it fails; the message is one line
     */
    public int run(ReplicaMain main, List<GivenOption> options, Integer replicas, IntConsumer check,
                   Duration timeout) {
        SparkConf conf = SparkJob.settings();
        // A job whose executors have not come yet asks again after 15 s, or after this.
        conf.setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "2s");
        conf.setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", "300");
        int count = replicas != null ? replicas : asked(conf);
        check.accept(count);
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        String job = "segloss4j-" + UUID.randomUUID();
        try (JavaSparkContext spark = SparkJob.open(conf)) {
            BarrierTask task = new BarrierTask(main, options, job, secret, timeout,
                    spark.hadoopConfiguration());
            Failures failures = new Failures(spark.sc(), err);
            spark.sc().addSparkListener(failures);
            List<TaskReport> reports = results(spark, task, count, failures);
            reports.stream().skip(1).forEach(report -> out.print(report.output()));
            out.print(reports.get(0).output());
            out.flush();
            return 0;
        }
    }

    private static List<TaskReport> results(JavaSparkContext spark, BarrierTask task, int count, Failures failures) {
        RDD<Integer> ranks = spark.parallelize(IntStream.range(0, count).boxed().toList(), count).rdd();
        ClassTag<TaskReport> tag = ClassTag$.MODULE$.apply(TaskReport.class);
        try {
            // Spark starts a barrier stage again only if another stage follows it.
            List<TaskReport> reports = new ArrayList<>(ranks.barrier().mapPartitions(task, false, tag).toJavaRDD()
                    .repartition(1).collect());
            reports.sort(Comparator.comparingInt(TaskReport::rank));
            return reports;
        } catch (Exception e) {
            // Scala declares no exceptions, so any may come: SparkException is a checked one.
            String refused = failures.refusal();
            throw new UserException(refused != null ? refused : FileFault.oneLine(String.valueOf(e.getMessage())), e);
        }
    }

    /** As many replicas as the settings ask for executors, or local threads. */
    private static int asked(SparkConf conf) {
        Matcher local = LOCAL.matcher(conf.get("spark.master"));
        if (local.matches()) {
            String threads = local.group(2);
            return threads == null ? 1 : threads.equals("*") ? Runtime.getRuntime().availableProcessors()
                    : Integer.parseInt(threads);
        }
        if (!conf.contains("spark.executor.instances")) {
            throw new UsageException("it is not said how many replicas there are: give --replicas N, or N executors by"
                    + " --conf spark.executor.instances=N");
        }
        return conf.getInt("spark.executor.instances", 1);
    }
}
