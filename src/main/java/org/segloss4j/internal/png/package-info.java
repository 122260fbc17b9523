/**
 * Reads the samples that PNG files store, row by row.
 *
 * <p>The JDK's reader is not used because it gives images, not samples: it scales grey of few bits where a value is
 * transparent, does not look at checksums, and reads ancillary chunks, whose faults and sizes then count. Nothing here
 * does any of that. The format is that of the PNG specification (W3C, third edition).
 */
package org.segloss4j.internal.png;
