package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.io.InvalidObjectException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.internal.stored.Restored;
import org.segloss4j.internal.stored.WholeNumber;

/**
 * A {@link SurfaceEvaluation} as JSON and streams hold it; reading makes it anew, with all its checks.
 *
 * @param classes           classes
 * @param ignoreIndex       the ignored label, or null
 * @param includeBackground whether class 0 has scores
 * @param spacing           along each axis, or null
 * @param tolerances        of surface Dice
 * @param percentile        of the Hausdorff distance
 * @param boundaryRatio     of boundary width and diagonal
 * @param threshold         from which probability on one channel is class 1
 * @param channelsLast      whether channels are the last axis
 * @param byArea            whether surface elements count by their area; not written unless they do
 * @param classGroups       the classes of each group that is measured, or null where the classes are
 * @param sums              of scores
 * @param finite            how many scores are finite
 * @param infinite          how many are infinite
 * @param images            how many images were measured
 */
record StoredSurfaces(@JsonProperty int classes, @JsonProperty Integer ignoreIndex,
                      @JsonProperty boolean includeBackground, @JsonProperty double[] spacing,
                      @JsonProperty double[] tolerances, @JsonProperty double percentile,
                      @JsonProperty double boundaryRatio, @JsonProperty double threshold,
                      @JsonProperty boolean channelsLast,
                      @JsonProperty @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean byArea,
                      @JsonProperty @JsonInclude(JsonInclude.Include.NON_NULL) List<?> classGroups,
                      @JsonProperty double[] sums, @JsonProperty long[] finite, @JsonProperty long[] infinite,
                      @JsonProperty long images)
        implements Serializable {

    @JsonCreator
    static StoredSurfaces of(@JsonProperty("classes") Object classes, @JsonProperty("ignoreIndex") Object ignoreIndex,
            @JsonProperty("includeBackground") boolean includeBackground,
            @JsonProperty("spacing") double[] spacing, @JsonProperty("tolerances") double[] tolerances,
            @JsonProperty("percentile") double percentile, @JsonProperty("boundaryRatio") double boundaryRatio,
            @JsonProperty("threshold") double threshold, @JsonProperty("channelsLast") boolean channelsLast,
            @JsonProperty("byArea") boolean byArea, @JsonProperty("classGroups") List<?> classGroups,
            @JsonProperty("sums") double[] sums, @JsonProperty("finite") List<Object> finite,
            @JsonProperty("infinite") List<Object> infinite, @JsonProperty("images") Object images) {
        require(classes != null && images != null, "an evaluation of surfaces needs classes and images");
        return new StoredSurfaces(WholeNumber.orNull("classes", classes),
                WholeNumber.orNull("ignoreIndex", ignoreIndex), includeBackground, spacing, tolerances, percentile,
                boundaryRatio, threshold, channelsLast, byArea, classGroups, sums, WholeNumber.counts(finite),
                WholeNumber.counts(infinite), WholeNumber.of("images", images));
    }

    static StoredSurfaces of(SurfaceSettings settings, SurfaceTally tally) {
        return new StoredSurfaces(settings.classes(), settings.ignoreIndex(), settings.includeBackground(),
                SurfaceSettings.array(settings.spacing()), SurfaceSettings.array(settings.tolerances()),
                settings.percentile(), settings.boundaryRatio(), settings.threshold(), settings.channelsLast(),
                settings.byArea(), settings.groups().stored(),
                tally.sums(), tally.finite(), tally.infinite(), tally.images());
    }

    SurfaceSettings settings() {
        require(tolerances != null && sums != null && finite != null && infinite != null,
                "an evaluation of surfaces needs tolerances, sums, finite and infinite");
        return new SurfaceSettings(classes, ignoreIndex, includeBackground,
                spacing == null ? null : SurfaceSettings.list(spacing), SurfaceSettings.list(tolerances),
                percentile, boundaryRatio, threshold, channelsLast, byArea, ClassGroups.of(classes, classGroups));
    }

    SurfaceTally tally(int metrics) {
        return new SurfaceTally(metrics, classGroups == null ? classes : classGroups.size(), sums, finite, infinite,
                images);
    }

    private Object readResolve() throws InvalidObjectException {
        return Restored.by(() -> new SurfaceEvaluation(this));
    }

    @Override
    public String toString() {
        return "surfaces of " + classes + " classes in " + images + " images, sums " + Arrays.toString(sums);
    }
}
