/** From kernel sources to code: texts, compilers, the ladder of compilers, the disk cache. Not API. */
package org.segloss4j.internal.cuda.compile;
