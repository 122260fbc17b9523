/** The walks over pixels: sums and gradients of one chunk. Not API. */
package org.segloss4j.internal.cpu.sweep;
