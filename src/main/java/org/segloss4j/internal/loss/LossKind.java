package org.segloss4j.internal.loss;

import java.util.EnumSet;
import java.util.Set;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.RegionScore;

/** The catalogue: each loss with its name, the settings that it has, and its row of data. */
public enum LossKind {
    JACCARD("jaccard_loss", EnumSet.of(Setting.CLASS_WEIGHTS, Setting.CLASS_INDEXES, Setting.PER_IMAGE,
            Setting.SMOOTH)) {
        @Override
        public RegionScore score(LossTerm term) {
            return RegionScore.iou(term.smooth());
        }
    },
    DICE("dice_loss", EnumSet.of(Setting.CLASS_WEIGHTS, Setting.CLASS_INDEXES, Setting.PER_IMAGE, Setting.SMOOTH,
            Setting.BETA)) {
        @Override
        public RegionScore score(LossTerm term) {
            return RegionScore.fScore(term.beta(), term.smooth());
        }
    },
    BINARY_CROSS_ENTROPY("binary_crossentropy", EnumSet.noneOf(Setting.class)) {
        @Override
        public PixelTerm pixel(LossTerm term) {
            PixelCurve log = new PixelCurve(1, 0, 0);
            return new PixelTerm(term.coefficient(), log, log, false, term.selection());
        }
    },
    CATEGORICAL_CROSS_ENTROPY("categorical_crossentropy",
            EnumSet.of(Setting.CLASS_WEIGHTS, Setting.CLASS_INDEXES)) {
        @Override
        public PixelTerm pixel(LossTerm term) {
            return new PixelTerm(term.coefficient(), new PixelCurve(1, 0, 0), null, true, term.selection());
        }
    },
    CATEGORICAL_FOCAL("focal_loss", EnumSet.of(Setting.CLASS_INDEXES, Setting.ALPHA, Setting.GAMMA)) {
        @Override
        public PixelTerm pixel(LossTerm term) {
            return new PixelTerm(term.coefficient(), new PixelCurve(term.alpha(), term.gamma(), 0), null, false,
                    term.selection());
        }
    },
    BINARY_FOCAL("binary_focal_loss", EnumSet.of(Setting.ALPHA, Setting.GAMMA)) {
        @Override
        public PixelTerm pixel(LossTerm term) {
            return new PixelTerm(term.coefficient(), new PixelCurve(term.alpha(), term.gamma(), 0),
                    new PixelCurve(1 - term.alpha(), term.gamma(), 0), false, term.selection());
        }
    };

    /** What can be set on a loss. */
    public enum Setting {
        CLASS_WEIGHTS("classWeights"), CLASS_INDEXES("classIndexes"), PER_IMAGE("perImage"), SMOOTH("smooth"),
        BETA("beta"), ALPHA("alpha"), GAMMA("gamma");

        private final String method;

        Setting(String method) {
            this.method = method;
        }

        public String method() {
            return method;
        }
    }

    private final String lossName;
    private final Set<Setting> settings;

    LossKind(String lossName, Set<Setting> settings) {
        this.lossName = lossName;
        this.settings = settings;
    }

    public String lossName() {
        return lossName;
    }

    public boolean has(Setting setting) {
        return settings.contains(setting);
    }

    /** The score of a region loss; null for a pixel loss. */
    public RegionScore score(LossTerm term) {
        return null;
    }

    /** The term of a pixel loss; null for a region loss. */
    public PixelTerm pixel(LossTerm term) {
        return null;
    }
}
