/** Prediction of many files, and what comes of it. Not API. */
package org.segloss4j.cli.prediction;
