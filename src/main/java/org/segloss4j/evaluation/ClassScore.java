package org.segloss4j.evaluation;

/** A score of one class from whole counts of pixels; 0/0 is NaN, since then nothing was measured. */
enum ClassScore {
    IOU("IoU") {
        @Override
        double of(double hits, double truth, double predicted) {
            return hits / (truth + predicted - hits);
        }
    },
    DICE("Dice") {
        @Override
        double of(double hits, double truth, double predicted) {
            return 2 * hits / (truth + predicted);
        }
    },
    PRECISION("precision") {
        @Override
        double of(double hits, double truth, double predicted) {
            return hits / predicted;
        }
    },
    RECALL("recall") {
        @Override
        double of(double hits, double truth, double predicted) {
            return hits / truth;
        }
    };

    private final String title;

    ClassScore(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** The score of a class with so many pixels that are right, of the class, and predicted as the class. */
    abstract double of(double hits, double truth, double predicted);
}
