/** Files as they come: opened with care, named in messages, and refused with a reason. */
package org.segloss4j.internal.files;
