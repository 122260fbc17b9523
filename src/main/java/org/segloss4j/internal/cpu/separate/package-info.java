/** Losses that sort, select or have statistics of their own, beside the shared sweeps. Not API. */
package org.segloss4j.internal.cpu.separate;
