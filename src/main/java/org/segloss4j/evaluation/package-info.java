/** Scores of whole data sets from one confusion matrix. */
package org.segloss4j.evaluation;
