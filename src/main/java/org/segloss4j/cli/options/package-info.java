/** Options that several commands share, and the language of losses. Not API. */
package org.segloss4j.cli.options;
