/**
 * What a backend is given and what it returns: strided tensors over raw memory, labels, masks, and the interface that
 * the CPU backends implement. Knows no array library.
 */
package org.segloss4j.internal.backend;
