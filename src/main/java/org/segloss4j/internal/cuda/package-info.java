/**
 * The CUDA backend: kernels from {@code kernels/}, compiled at run time, launched through the driver. Knows no array
 * library.
 */
package org.segloss4j.internal.cuda;
