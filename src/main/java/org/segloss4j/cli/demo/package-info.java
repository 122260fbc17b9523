/** The network and the shapes that {@code train} uses by default. Not API. */
package org.segloss4j.cli.demo;
