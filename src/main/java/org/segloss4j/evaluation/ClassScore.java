package org.segloss4j.evaluation;

/** A score of one class in the table, from whole counts of pixels. */
enum ClassScore {
    IOU("IoU", OutcomeFormula.IOU),
    DICE("Dice", OutcomeFormula.F_BETA),
    PRECISION("precision", OutcomeFormula.PRECISION),
    RECALL("recall", OutcomeFormula.RECALL);

    private final String title;
    private final OutcomeFormula formula;

    ClassScore(String title, OutcomeFormula formula) {
        this.title = title;
        this.formula = formula;
    }

    String title() {
        return title;
    }

    OutcomeFormula formula() {
        return formula;
    }
}
