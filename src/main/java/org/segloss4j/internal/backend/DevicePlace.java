package org.segloss4j.internal.backend;

/**
 * Where memory of a CUDA device lies, and the stream on which all work on it runs in order.
 *
 * @param device ordinal of the device
 * @param stream handle of the stream, in the device's primary context; 0 for the default stream
 */
public record DevicePlace(int device, long stream) {
}
