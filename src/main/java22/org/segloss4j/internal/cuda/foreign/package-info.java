/** The CUDA driver and NVRTC through java.lang.foreign, for JDK 22 and newer. Not API. */
package org.segloss4j.internal.cuda.foreign;
