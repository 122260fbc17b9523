/** The CUDA driver, its devices and contexts, and loaded kernels. Not API. */
package org.segloss4j.internal.cuda.driver;
