/** Label masks on disk: what the file stores, value for value. */
package org.segloss4j.data;
