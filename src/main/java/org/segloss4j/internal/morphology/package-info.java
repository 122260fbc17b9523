/** Shapes of binary masks of two or three axes: distances, edges, erosion and skeletons. Knows no array library. */
package org.segloss4j.internal.morphology;
