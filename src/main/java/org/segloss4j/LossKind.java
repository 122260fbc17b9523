package org.segloss4j;

import java.util.EnumSet;
import java.util.Set;
import org.segloss4j.math.PixelCurve;
import org.segloss4j.math.PixelTerm;
import org.segloss4j.math.RegionScore;

/** The catalogue: each loss with its name, the settings that it has, and its row of data. */
enum LossKind {
    JACCARD("jaccard_loss", EnumSet.of(Setting.CLASS_WEIGHTS, Setting.CLASS_INDEXES, Setting.PER_IMAGE,
            Setting.SMOOTH)) {
        @Override
        RegionScore score(LossTerm term) {
            return RegionScore.iou(term.smooth());
        }
    },
    DICE("dice_loss", EnumSet.of(Setting.CLASS_WEIGHTS, Setting.CLASS_INDEXES, Setting.PER_IMAGE, Setting.SMOOTH,
            Setting.BETA)) {
        @Override
        RegionScore score(LossTerm term) {
            return RegionScore.fScore(term.beta(), term.smooth());
        }
    },
    BINARY_CROSS_ENTROPY("binary_crossentropy", EnumSet.noneOf(Setting.class)) {
        @Override
        PixelTerm pixel(LossTerm term) {
            PixelCurve log = new PixelCurve(1, 0, 0);
            return new PixelTerm(term.coefficient(), log, log, false, term.selection());
        }
    },
    CATEGORICAL_CROSS_ENTROPY("categorical_crossentropy",
            EnumSet.of(Setting.CLASS_WEIGHTS, Setting.CLASS_INDEXES)) {
        @Override
        PixelTerm pixel(LossTerm term) {
            return new PixelTerm(term.coefficient(), new PixelCurve(1, 0, 0), null, true, term.selection());
        }
    },
    CATEGORICAL_FOCAL("focal_loss", EnumSet.of(Setting.CLASS_INDEXES, Setting.ALPHA, Setting.GAMMA)) {
        @Override
        PixelTerm pixel(LossTerm term) {
            return new PixelTerm(term.coefficient(), new PixelCurve(term.alpha(), term.gamma(), 0), null, false,
                    term.selection());
        }
    },
    BINARY_FOCAL("binary_focal_loss", EnumSet.of(Setting.ALPHA, Setting.GAMMA)) {
        @Override
        PixelTerm pixel(LossTerm term) {
            return new PixelTerm(term.coefficient(), new PixelCurve(term.alpha(), term.gamma(), 0),
                    new PixelCurve(1 - term.alpha(), term.gamma(), 0), false, term.selection());
        }
    };

    /** What can be set on a loss. */
    enum Setting {
        CLASS_WEIGHTS("classWeights"), CLASS_INDEXES("classIndexes"), PER_IMAGE("perImage"), SMOOTH("smooth"),
        BETA("beta"), ALPHA("alpha"), GAMMA("gamma");

        private final String method;

        Setting(String method) {
            this.method = method;
        }

        String method() {
            return method;
        }
    }

    private final String lossName;
    private final Set<Setting> settings;

    LossKind(String lossName, Set<Setting> settings) {
        this.lossName = lossName;
        this.settings = settings;
    }

    String lossName() {
        return lossName;
    }

    boolean has(Setting setting) {
        return settings.contains(setting);
    }

    /** The score of a region loss; null for a pixel loss. */
    RegionScore score(LossTerm term) {
        return null;
    }

    /** The term of a pixel loss; null for a region loss. */
    PixelTerm pixel(LossTerm term) {
        return null;
    }
}
