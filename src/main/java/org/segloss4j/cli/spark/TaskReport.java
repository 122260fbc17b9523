package org.segloss4j.cli.spark;

import java.io.Serializable;

/**
 * What a task says when it is done.
 *
 * @param rank   of the replica
 * @param output what it printed for people elsewhere than where the driver prints
 */
record TaskReport(int rank, String output) implements Serializable {
}
