/**
 * Segmentation losses, metrics and class weights for ND4J and DL4J. Start at {@link org.segloss4j.Losses},
 * {@link org.segloss4j.Metrics} and {@link org.segloss4j.weights.ClassWeights}.
 *
 * <p>Shapes are written [N, C, S]: N examples, C channels (classes), S pixels, the product of the spatial sizes.
 *
 * @since 0.1.0
 */
package org.segloss4j;
