package org.segloss4j.replicas;

/** A collective call as one replica takes part in it. It never waits: it is asked to go on when something has come. */
interface Call {

    /** What it is: the call of the frames that are part of it. */
    String name();

    /**
     * Goes on as far as it can.
     *
     * @param peers the other replicas
     * @return whether it is finished
     */
    boolean step(Peers peers);

    /** Whether it cannot go on without something from a replica. */
    boolean waitsFor(int rank);

    /** How far it is. The time to wait begins anew when it is further. */
    long progress();
}
