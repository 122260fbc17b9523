package org.segloss4j.weights;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The estimators. Each gives the weight of a class that has pixels. */
enum WeightFormula {
    INVERSE("inverse", 0) {
        @Override
        double weight(ClassCount c, Facts facts, double parameter) {
            return facts.total / c.pixels();
        }
    },
    BALANCED("balanced", 0) {
        @Override
        double weight(ClassCount c, Facts facts, double parameter) {
            return facts.total / ((double) facts.classes * c.pixels());
        }
    },
    SQRT_INVERSE("sqrt_inverse", 0) {
        @Override
        double weight(ClassCount c, Facts facts, double parameter) {
            return Math.sqrt(facts.total / c.pixels());
        }
    },
    MEDIAN("median", 0) {
        @Override
        double weight(ClassCount c, Facts facts, double parameter) {
            return facts.median / frequencyInImages(c, 0);
        }
    },
    MEDIAN_VOID("median_void", 0) {
        @Override
        double weight(ClassCount c, Facts facts, double parameter) {
            return facts.medianWithVoid / frequencyInImages(c, 1);
        }
    },
    ENET("enet", 0) {
        @Override
        double weight(ClassCount c, Facts facts, double parameter) {
            return 1 / Math.log(1.02 + c.pixels() / facts.total);
        }
    },
    EFFECTIVE("effective", 0.999999) {
        @Override
        double weight(ClassCount c, Facts facts, double beta) {
            // -expm1(n·ln β) is 1 - β^n without the cancellation near β = 1.
            return (1 - beta) / -Math.expm1(c.pixels() * Math.log(beta));
        }
    },
    LOG("log", 0.15) {
        @Override
        double weight(ClassCount c, Facts facts, double mu) {
            return Math.max(1, Math.log(mu * facts.total / c.pixels()));
        }
    };

    private final String title;
    private final double defaultParameter;

    WeightFormula(String title, double defaultParameter) {
        this.title = title;
        this.defaultParameter = defaultParameter;
    }

    /** The name on the command line. */
    String title() {
        return title;
    }

    /** β or μ where the formula has one, else 0. */
    double defaultParameter() {
        return defaultParameter;
    }

    /** The weight of a class of at least one pixel. */
    abstract double weight(ClassCount c, Facts facts, double parameter);

    private static double frequencyInImages(ClassCount c, int withVoid) {
        return c.pixels() / (double) (c.imagePixels() + withVoid * c.imageVoidPixels());
    }

    /** What the formulas need of all classes together. */
    static final class Facts {
        private final double total;
        private final int classes;
        private final double median;
        private final double medianWithVoid;

        /**
         * Collects the facts.
         *
         * @param present the classes that have pixels
         * @param classes all classes but an ignored one
         */
        Facts(List<ClassCount> present, int classes) {
            total = present.stream().mapToLong(ClassCount::pixels).sum();
            this.classes = classes;
            median = median(present.stream(), 0);
            medianWithVoid = median(present.stream(), 1);
        }

        private static double median(Stream<ClassCount> present, int withVoid) {
            double[] sorted = present.mapToDouble(c -> frequencyInImages(c, withVoid)).toArray();
            Arrays.sort(sorted);
            int half = sorted.length / 2;
            return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        }
    }
}
