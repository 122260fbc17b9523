/** Replicas of a network, in one or many processes, that work on parts of the same batches. */
package org.segloss4j.replicas;
