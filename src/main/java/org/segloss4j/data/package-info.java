/** Images and label masks: files that belong together, what they store value for value, and batches for training. */
package org.segloss4j.data;
