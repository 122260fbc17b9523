/** Counts of the classes in label masks, and the class weights that follow from them. */
package org.segloss4j.weights;
