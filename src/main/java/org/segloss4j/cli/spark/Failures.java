package org.segloss4j.cli.spark;

import java.io.PrintWriter;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.TaskKilled;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.segloss4j.internal.files.FileFault;

/** Tells people of tasks that fail, in one line each, and ends the job if starting again cannot help. */
final class Failures extends SparkListener {

    private final SparkContext spark;
    private final PrintWriter err;
    private volatile String refusal;
    private volatile int job;

    Failures(SparkContext spark, PrintWriter err) {
        this.spark = spark;
        this.err = err;
    }

    /** Why a task refused to work, or null if none did. */
    String refusal() {
        return refusal;
    }

    @Override
    public void onJobStart(SparkListenerJobStart start) {
        job = start.jobId();
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        // Spark kills the others after one has failed, which is told.
        if (!(end.reason() instanceof TaskFailedReason reason) || reason instanceof TaskKilled) {
            return;
        }
        int rank = end.taskInfo().index();
        if (reason instanceof ExceptionFailure failure
                && failure.className().equals(RefusedException.class.getName())) {
            if (refusal == null) {
                refusal = failure.description();
                // By its number: cancelAllJobs leaves a job whose stage waits to start again without an end.
                spark.cancelJob(job);
            }
            return;
        }
        String why = reason instanceof ExceptionFailure failure ? failure.description() : reason.toErrorString();
        say("rank " + rank + " on " + end.taskInfo().host() + ", executor " + end.taskInfo().executorId()
                + ", attempt " + end.stageAttemptId() + ": " + FileFault.oneLine(why));
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
        int attempt = submitted.stageInfo().attemptNumber();
        if (attempt > 0) {
            say("Spark starts all ranks again, attempt " + attempt
                    + ", which goes on from the last checkpoint of this job");
        }
    }

    private void say(String line) {
        err.println("segloss4j: " + line);
        err.flush();
    }
}
