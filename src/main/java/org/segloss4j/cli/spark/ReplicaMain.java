package org.segloss4j.cli.spark;

import java.io.PrintWriter;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.segloss4j.replicas.Replicas;

/** What a task runs as one replica. It is sent to the executors. */
public interface ReplicaMain extends Serializable {

    /**
     * Runs the replica.
     *
     * @param arguments those of the command, with paths of this machine
     * @param replicas  this one and the others
     * @param written   is told of each file of the results when it is complete
     * @param out       receives what people read
     * @param err       receives complaints
     * @return the exit code
     */
    int run(List<String> arguments, Replicas replicas, Consumer<Path> written, PrintWriter out, PrintWriter err);
}
