/** Comparison of predictions with the truth, image by image. Not API. */
package org.segloss4j.cli.evaluation;
