/** Commands that run on a Spark 4 cluster. The only classes that know Spark and Hadoop. Not API. */
package org.segloss4j.cli.spark;
