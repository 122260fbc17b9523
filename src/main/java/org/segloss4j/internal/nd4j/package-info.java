/**
 * The bridge from ND4J arrays to the tensors that backends read: in place, whatever the strides.
 */
package org.segloss4j.internal.nd4j;
