/**
 * The benchmarks: who computes a loss and its gradient how fast, and with how much memory.
 */
package org.segloss4j.bench;
