/** JPEG and TIFF files through the plug-ins of TwelveMonkeys, whose faults and warnings become one line. */
package org.segloss4j.internal.imageio;
