package org.segloss4j.replicas;

/** What replicas say to each other once both have proved that they know the secret. */
enum FrameType {
    /** To replica 0, before anything else: the description of the job. */
    DESCRIPTION,
    /** From replica 0: the description is its own. */
    WELCOME,
    /** To replica 0: all connections of this replica stand. */
    READY,
    /** From replica 0: all connections of all replicas stand. */
    GO,
    /** To replica 0: a message for everybody. */
    MESSAGE("allGather"),
    /** From replica 0: the messages of all. */
    MESSAGES("allGather"),
    /** Along the chain, upwards: what is summed, and whether there is something to add yet. */
    SUM("sum"),
    /** Along the chain, upwards a part of what is summed so far, downwards of the sum. */
    CHUNK("sum"),
    /** To replica 0: this replica has waited for too long. Who is missing? */
    WAITED,
    /** From replica 0: who is there? */
    ROLL_CALL,
    /** To replica 0: this one is, in that call. */
    HERE,
    /** From replica 0, to those who waited: all are there. */
    PATIENCE,
    /** The job is at an end, and why. */
    FAULT,
    /** The sender leaves in good order. */
    BYE;

    private static final FrameType[] ALL = values();

    private final String call;

    FrameType() {
        this(null);
    }

    FrameType(String call) {
        this.call = call;
    }

    /** The name of the collective call that such frames are part of, or null. */
    String call() {
        return call;
    }

    /** The type with a code, or null. */
    static FrameType of(int code) {
        return code >= 0 && code < ALL.length ? ALL[code] : null;
    }
}
