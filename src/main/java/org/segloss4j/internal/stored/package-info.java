/** How what JSON and Java streams hold becomes an object again, with all checks. Not API. */
package org.segloss4j.internal.stored;
