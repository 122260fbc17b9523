/** Scores of whole data sets, whose parts merge: from counts of pixels, and from how far probabilities can be trusted. */
package org.segloss4j.evaluation;
