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
 * A {@link SegmentationEvaluation} as JSON and streams hold it; reading makes it anew, with all its checks.
 *
 * @param classes      classes
 * @param counts       the confusion matrix, or null for none yet
 * @param classNames   their names, or null
 * @param ignoreIndex  the ignored label, or null
 * @param threshold    from which probability on one channel is class 1
 * @param channelsLast whether channels are the last axis
 * @param classGroups  the classes of each group, or null for none
 * @param groupNames   what the groups are called, or null
 */
record StoredConfusion(@JsonProperty int classes, @JsonProperty long[] counts, @JsonProperty String[] classNames,
                       @JsonProperty Integer ignoreIndex, @JsonProperty double threshold,
                       @JsonProperty boolean channelsLast,
                       @JsonProperty @JsonInclude(JsonInclude.Include.NON_NULL) List<?> classGroups,
                       @JsonProperty @JsonInclude(JsonInclude.Include.NON_NULL) String[] groupNames)
        implements Serializable {

    @JsonCreator
    static StoredConfusion of(@JsonProperty("classes") Object classes, @JsonProperty("counts") List<Object> counts,
                              @JsonProperty("classNames") String[] classNames,
                              @JsonProperty("ignoreIndex") Object ignoreIndex,
                              @JsonProperty("threshold") Double threshold,
                              @JsonProperty("channelsLast") boolean channelsLast,
                              @JsonProperty("classGroups") List<?> classGroups,
                              @JsonProperty("groupNames") String[] groupNames) {
        Integer number = WholeNumber.orNull("classes", classes);
        require(number != null, "an evaluation needs its number of classes");
        return new StoredConfusion(number, WholeNumber.counts(counts), classNames,
                WholeNumber.orNull("ignoreIndex", ignoreIndex), threshold == null ? 0.5 : threshold, channelsLast,
                classGroups, groupNames);
    }

    private Object readResolve() throws InvalidObjectException {
        return Restored.by(() -> new SegmentationEvaluation(this));
    }
}
