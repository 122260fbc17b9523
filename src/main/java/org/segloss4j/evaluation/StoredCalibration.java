package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.io.InvalidObjectException;
import java.io.Serializable;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.internal.stored.Restored;
import org.segloss4j.internal.stored.WholeNumber;

/**
 * A {@link CalibrationEvaluation} as JSON and streams hold it; reading makes it anew, with all its checks.
 *
 * @param classes      classes
 * @param exclusive    whether they exclude one another
 * @param bins         number of bins
 * @param ignoreIndex  the ignored label, or null
 * @param channelsLast whether channels are the last axis
 * @param classNames   their names, or null
 * @param sums         of all bins, or null for none yet
 */
record StoredCalibration(@JsonProperty int classes, @JsonProperty boolean exclusive, @JsonProperty int bins,
                         @JsonProperty Integer ignoreIndex, @JsonProperty boolean channelsLast,
                         @JsonProperty String[] classNames, @JsonProperty ReliabilityBins.Stored sums)
        implements Serializable {

    /** Of torchmetrics, too. */
    private static final int DEFAULT_BINS = 15;

    @JsonCreator
    static StoredCalibration of(@JsonProperty("classes") Object classes, @JsonProperty("exclusive") Boolean exclusive,
                                @JsonProperty("bins") Object bins, @JsonProperty("ignoreIndex") Object ignoreIndex,
                                @JsonProperty("channelsLast") boolean channelsLast,
                                @JsonProperty("classNames") String[] classNames,
                                @JsonProperty("sums") ReliabilityBins.Stored sums) {
        Integer number = WholeNumber.orNull("classes", classes);
        Integer numberOfBins = WholeNumber.orNull("bins", bins);
        require(number != null && exclusive != null && numberOfBins != null,
                "an evaluation needs classes, exclusive and bins");
        return new StoredCalibration(number, exclusive, numberOfBins, WholeNumber.orNull("ignoreIndex", ignoreIndex),
                channelsLast, classNames, sums);
    }

    /** An evaluation that has not counted yet. */
    static StoredCalibration empty(int classes, boolean exclusive) {
        return new StoredCalibration(classes, exclusive, DEFAULT_BINS, null, false, null, null);
    }

    private Object readResolve() throws InvalidObjectException {
        return Restored.by(() -> new CalibrationEvaluation(this));
    }
}
