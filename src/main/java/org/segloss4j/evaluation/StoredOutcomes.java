package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.io.InvalidObjectException;
import java.io.Serializable;
import java.util.List;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.internal.stored.Restored;
import org.segloss4j.internal.stored.WholeNumber;

/**
 * An {@link OutcomeEvaluation} as JSON and streams hold it; reading makes it anew, with all its checks.
 *
 * @param mode         what the channels are
 * @param classes      classes
 * @param counts       of each image and class, or null for none yet
 * @param ignoreIndex  the ignored label, or null
 * @param thresholds   from which probability on a label is predicted, or null
 * @param channelsLast whether channels are the last axis
 * @param classNames   their names, or those of the groups, or null
 * @param classGroups  the classes of each group that is counted, or null where the classes are
 */
record StoredOutcomes(@JsonProperty Mode mode, @JsonProperty int classes, @JsonProperty long[] counts,
                      @JsonProperty Integer ignoreIndex, @JsonProperty double[] thresholds,
                      @JsonProperty boolean channelsLast, @JsonProperty String[] classNames,
                      @JsonProperty @JsonInclude(JsonInclude.Include.NON_NULL) List<?> classGroups)
        implements Serializable {

    /** What the channels are. */
    enum Mode {
        BINARY, MULTI_LABEL, MULTI_CLASS
    }

    @JsonCreator
    static StoredOutcomes of(@JsonProperty("mode") Mode mode, @JsonProperty("classes") Object classes,
                             @JsonProperty("counts") List<Object> counts,
                             @JsonProperty("ignoreIndex") Object ignoreIndex,
                             @JsonProperty("thresholds") double[] thresholds,
                             @JsonProperty("channelsLast") boolean channelsLast,
                             @JsonProperty("classNames") String[] classNames,
                             @JsonProperty("classGroups") List<?> classGroups) {
        Integer number = WholeNumber.orNull("classes", classes);
        require(number != null, "an evaluation needs its number of classes");
        return new StoredOutcomes(mode, number, WholeNumber.counts(counts),
                WholeNumber.orNull("ignoreIndex", ignoreIndex), thresholds, channelsLast, classNames,
                classGroups);
    }

    /** An evaluation that has not counted yet. */
    static StoredOutcomes empty(Mode mode, int classes) {
        return new StoredOutcomes(mode, classes, null, null, null, false, null, null);
    }

    private Object readResolve() throws InvalidObjectException {
        return Restored.by(() -> new OutcomeEvaluation(this));
    }
}
