/** One call on a device: memory, copies, sweeps. Not API. */
package org.segloss4j.internal.cuda.call;
