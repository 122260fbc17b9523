/** Rows of floats that HotSpot vectorises, and what moves tensors into them. Not API. */
package org.segloss4j.internal.cpu.lanes;
