/** The catalogue of losses and metrics, what they are made of, and their computation on ND4J arrays. Not API. */
package org.segloss4j.internal.loss;
