/** Images and masks that commands read. Not API. */
package org.segloss4j.cli.input;
