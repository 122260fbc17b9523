package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.PeerClassScores.one;

/** Our calibration errors, in the form of torchmetrics' functions. */
final class PeerCalibration {

    private static final float PARTS = 64;

    private final CalibrationEvaluation classes;
    private final CalibrationEvaluation positive = CalibrationEvaluation.binary();

    PeerCalibration(PeerCase peer) {
        classes = CalibrationEvaluation.multiClass(peer.classes());
        for (CalibrationEvaluation each : new CalibrationEvaluation[] {classes, positive}) {
            each.bins(peer.integer("bins"));
            if (peer.ignored() != null) {
                each.ignoreIndex(peer.ignored());
            }
        }
        double[] parts = peer.numbers("probabilities");
        float[] all = new float[parts.length];
        for (int k = 0; k < parts.length; k++) {
            all[k] = (float) parts[k] / PARTS;
        }
        classes.eval(peer.map("truth"), peer.channels(all));
        if (peer.classes() == 2) {
            positive.eval(peer.map("truth"), peer.channels(all).tensorAlongDimension(1, 0, 2, 3).dup()
                    .reshape(peer.images(), 1, peer.sizes()[0], peer.sizes()[1]));
        }
    }

    double[] of(String name) {
        String[] words = name.split(" ");
        CalibrationEvaluation ours = words[0].startsWith("binary") ? positive : classes;
        return one(words[1].equals("l1") ? ours.ece() : words[1].equals("l2") ? ours.rmsce() : ours.mce());
    }
}
