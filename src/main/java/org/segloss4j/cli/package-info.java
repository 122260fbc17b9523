/** The command line: train, weigh, evaluate, and tell what there is. */
package org.segloss4j.cli;
