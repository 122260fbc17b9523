/** What Maven knew when it built this. */
package org.segloss4j.internal.build;
