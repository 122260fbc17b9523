/** The losses of other libraries, by their names and parameters, as losses of the catalogue. */
package org.segloss4j.internal.loss.peers;
