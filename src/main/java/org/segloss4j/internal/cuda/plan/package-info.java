/** Which kernel a call needs, how it is launched and with which arguments. Not API. */
package org.segloss4j.internal.cuda.plan;
