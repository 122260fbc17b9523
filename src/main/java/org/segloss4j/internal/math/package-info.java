/**
 * The mathematics of segmentation losses: scores, class selections, pixel curves, class sums and their finalisation,
 * as pure functions and immutable values in double precision. Knows no array library and no backend.
 */
package org.segloss4j.internal.math;
