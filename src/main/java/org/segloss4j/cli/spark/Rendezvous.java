package org.segloss4j.cli.spark;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.BarrierTaskContext;
import org.segloss4j.replicas.Replicas;
import org.segloss4j.replicas.TcpReplicas;

/** Connects the tasks of a barrier stage, whose ranks are the numbers of their partitions. */
final class Rendezvous {

    private Rendezvous() {
    }

    /**
     * Listens at a free port, learns where the others listen, and meets them. Spark's own exchange is used this once:
     * it takes a second for each call, whatever is exchanged.
     *
     * @param host    the name of this machine for the others; only there the task listens
     * @param job     what the tasks must agree about
     * @param secret  what they prove to each other
     * @param timeout how long a replica waits for the others, here and later
     */
    static Replicas of(BarrierTaskContext context, String host, Map<String, String> job, byte[] secret,
                       Duration timeout) {
        String name = host.contains(":") ? "[" + host + "]" : host;
        try (TcpReplicas.Listener listener = TcpReplicas.listen(name + ":0")) {
            List<String> addresses = List.of(context.allGather(name + ":" + listener.port()));
            return listener.connect(addresses, context.partitionId(), secret, timeout, job);
        }
    }
}
