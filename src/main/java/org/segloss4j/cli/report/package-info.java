/** What commands write: tables, charts and pictures. Not API. */
package org.segloss4j.cli.report;
