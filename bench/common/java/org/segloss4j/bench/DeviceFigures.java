package org.segloss4j.bench;

import java.util.List;
import org.nd4j.shade.jackson.annotation.JsonInclude;

/**
 * What is known of a measurement on a device beside its time. Times are in microseconds.
 *
 * @param verified      whether value and gradient were compared with the reference's and are right
 * @param wrong         what is wrong, or null
 * @param gradientError the largest error of the gradient, as a part of its largest element
 * @param floor         time of moving the fewest bytes once, at the copy bandwidth of the same run: logits and labels
 *                      in, the gradient out
 * @param timesFloor    the time as a multiple of it
 * @param gbPerSecond   these bytes over the time
 * @param extraBytes    of device memory that a call takes beside logits, labels and gradient
 * @param forward       time of the sums alone
 * @param pinnedCopy    of arrays of the host: time of copying them from pinned memory, and the gradient back
 * @param kernels       that ran
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeviceFigures(boolean verified, String wrong, Double gradientError, Double floor, Double timesFloor,
                            Double gbPerSecond, Long extraBytes, Double forward, Double pinnedCopy,
                            List<String> kernels) {
}
