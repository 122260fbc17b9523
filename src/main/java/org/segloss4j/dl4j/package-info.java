/**
 * DL4J: an output layer that takes activations as they are, early stopping on segmentation scores, and names for Keras
 * imports.
 */
package org.segloss4j.dl4j;
