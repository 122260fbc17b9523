/** Scores of whole data sets, whose parts merge: from counts of pixels, and how well probabilities are calibrated. */
package org.segloss4j.evaluation;
