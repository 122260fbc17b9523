/** Training of a network by the command line: steps, judgement, checkpoints and their state. Not API. */
package org.segloss4j.cli.training;
