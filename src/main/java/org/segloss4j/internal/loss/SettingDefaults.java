package org.segloss4j.internal.loss;

import static org.segloss4j.internal.loss.Setting.ABSENT_CLASSES;
import static org.segloss4j.internal.loss.Setting.ALPHA;
import static org.segloss4j.internal.loss.Setting.CLASS_GROUPS;
import static org.segloss4j.internal.loss.Setting.CLASS_INDEXES;
import static org.segloss4j.internal.loss.Setting.CLASS_WEIGHTS;
import static org.segloss4j.internal.loss.Setting.FLOOR;
import static org.segloss4j.internal.loss.Setting.FROM_LOGITS;
import static org.segloss4j.internal.loss.Setting.GAMMA;
import static org.segloss4j.internal.loss.Setting.INCLUDE_BACKGROUND;
import static org.segloss4j.internal.loss.Setting.LEAST_TRUE_POSITIVES;
import static org.segloss4j.internal.loss.Setting.LINK;
import static org.segloss4j.internal.loss.Setting.NORMALISER;
import static org.segloss4j.internal.loss.Setting.NUMERATOR_SMOOTH;
import static org.segloss4j.internal.loss.Setting.PER_IMAGE;
import static org.segloss4j.internal.loss.Setting.REDUCTION;
import static org.segloss4j.internal.loss.Setting.SMOOTH;
import static org.segloss4j.internal.loss.Setting.SOFT_LABELS;
import static org.segloss4j.internal.loss.Setting.SQUARED;
import static org.segloss4j.internal.loss.Setting.SYMMETRIC;
import static org.segloss4j.internal.loss.Setting.WEIGHT_MODE;

import java.util.EnumMap;
import java.util.Map;
import org.segloss4j.internal.math.AbsentPolicy;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.Reduction;

/** The settings of a loss with their defaults, while they are put together for the catalogue. */
final class SettingDefaults {

    private final Map<Setting, Object> all = new EnumMap<>(Setting.class);

    private SettingDefaults() {
    }

    static SettingDefaults plain() {
        return new SettingDefaults();
    }

    /** The settings, each with its default, or null where the default is to leave it out. */
    Map<Setting, Object> all() {
        return all;
    }

    SettingDefaults having(Setting... without) {
        for (Setting setting : without) {
            all.put(setting, null);
        }
        return this;
    }

    SettingDefaults with(Setting setting, double value) {
        all.put(setting, value);
        return this;
    }

    SettingDefaults with(Setting setting, boolean value) {
        all.put(setting, value);
        return this;
    }

    SettingDefaults with(Setting setting, Enum<?> value) {
        all.put(setting, value.name());
        return this;
    }

    SettingDefaults with(Setting setting, String word) {
        all.put(setting, word);
        return this;
    }

    /** Which classes count, and how much. */
    SettingDefaults classes() {
        return having(CLASS_WEIGHTS, CLASS_INDEXES).with(INCLUDE_BACKGROUND, true);
    }

    /** What every pixel loss without a clip has. */
    SettingDefaults unclipped(String normaliser) {
        return classes().with(FROM_LOGITS, false).with(NORMALISER, normaliser);
    }

    SettingDefaults focal() {
        return having(ALPHA).with(GAMMA, 2);
    }

    SettingDefaults asymmetric() {
        all.put(PER_IMAGE, false);
        return with(SYMMETRIC, false).with(SMOOTH, 1e-5);
    }

    /** What every region loss with a score per class has. */
    SettingDefaults region() {
        return classes().having(CLASS_GROUPS, WEIGHT_MODE).with(PER_IMAGE, false).with(SMOOTH, 1e-5)
                .with(ABSENT_CLASSES, AbsentPolicy.SMOOTH).with(REDUCTION, Reduction.MEAN);
    }

    /** The forms of a fraction. */
    SettingDefaults ratio() {
        return having(NUMERATOR_SMOOTH).with(SOFT_LABELS, false).with(SQUARED, false).with(FLOOR, 0)
                .with(LEAST_TRUE_POSITIVES, 0).with(LINK, Link.Kind.COMPLEMENT);
    }

    /** What a region loss with one score of all classes has. */
    SettingDefaults joint() {
        return having(NUMERATOR_SMOOTH).with(PER_IMAGE, false).with(SMOOTH, 1e-5).with(REDUCTION, Reduction.MEAN);
    }
}
