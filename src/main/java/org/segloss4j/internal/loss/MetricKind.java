package org.segloss4j.internal.loss;

import org.segloss4j.internal.math.RegionScore;

/** The catalogue of metrics: the score of each, and its name in {@code segmentation_models}. */
public enum MetricKind {
    IOU {
        @Override
        RegionScore score(double beta, double smooth) {
            return RegionScore.iou(smooth);
        }

        @Override
        public String metricName(double beta) {
            return "iou_score";
        }
    },
    F_SCORE {
        @Override
        RegionScore score(double beta, double smooth) {
            return RegionScore.fScore(beta, smooth);
        }

        @Override
        public String metricName(double beta) {
            boolean whole = beta == Math.rint(beta) && beta < 1e9;
            return "f" + (whole ? Long.toString((long) beta) : Double.toString(beta)) + "-score";
        }
    },
    PRECISION {
        @Override
        RegionScore score(double beta, double smooth) {
            return RegionScore.precision(smooth);
        }

        @Override
        public String metricName(double beta) {
            return "precision";
        }
    },
    RECALL {
        @Override
        RegionScore score(double beta, double smooth) {
            return RegionScore.recall(smooth);
        }

        @Override
        public String metricName(double beta) {
            return "recall";
        }
    };

    abstract RegionScore score(double beta, double smooth);

    public abstract String metricName(double beta);
}
