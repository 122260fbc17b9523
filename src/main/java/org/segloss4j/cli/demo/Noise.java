package org.segloss4j.cli.demo;

import java.util.Random;

/** Smooth noise between -1 and 1: a lattice of random values, interpolated, at two scales. */
final class Noise {

    private static final int LATTICE = 64;

    private final double[] values = new double[LATTICE * LATTICE];
    private final double cell;
    private final double stretch;

    /**
     * Draws the lattice.
     *
     * @param random where from
     * @param cell   its spacing in pixels
     */
    Noise(Random random, double cell) {
        for (int k = 0; k < values.length; k++) {
            values[k] = 2 * random.nextDouble() - 1;
        }
        this.cell = cell;
        // Stretched noise looks like wood or cloth.
        stretch = Math.pow(2, 2 * random.nextDouble() - 1);
    }

    /** The noise at a pixel. */
    double at(int x, int y) {
        return 0.6 * lattice(x / cell * stretch, y / cell / stretch)
                + 0.4 * lattice(x / cell * 2.7 * stretch + 17, y / cell * 2.7 / stretch + 31);
    }

    private double lattice(double x, double y) {
        int column = (int) x;
        int row = (int) y;
        double right = smooth(x - column);
        double down = smooth(y - row);
        double top = value(column, row) * (1 - right) + value(column + 1, row) * right;
        double bottom = value(column, row + 1) * (1 - right) + value(column + 1, row + 1) * right;
        return top * (1 - down) + bottom * down;
    }

    private double value(int column, int row) {
        return values[row % LATTICE * LATTICE + column % LATTICE];
    }

    private static double smooth(double t) {
        return t * t * (3 - 2 * t);
    }
}
