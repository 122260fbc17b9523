/**
 * Scores of whole data sets, whose parts merge: from counts of pixels, from distances of surfaces, from instances, and
 * how well probabilities are calibrated.
 */
package org.segloss4j.evaluation;
