/**
 * The two backends that run everywhere: the double reference, which is the specification, and the parallel one.
 */
package org.segloss4j.internal.cpu;
