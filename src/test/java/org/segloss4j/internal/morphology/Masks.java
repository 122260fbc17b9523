package org.segloss4j.internal.morphology;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Masks of awkward sizes, and plain loops over them. */
final class Masks {

    /**
     * A mask that is compared.
     *
     * @param mask in the order of the grid
     * @param grid its sizes and spacing
     */
    record Case(boolean[] mask, Grid grid) {

        @Override
        public String toString() {
            return java.util.Arrays.toString(grid.sizes()) + " " + java.util.Arrays.toString(grid.spacing());
        }
    }

    private Masks() {
    }

    /** Masks of one, two and three axes; single lines, empty and full ones, and random ones of any density. */
    static List<Case> all() {
        Random random = new Random(7);
        List<Case> cases = new ArrayList<>();
        int[][] sizes = {{1}, {9}, {1, 1}, {1, 17}, {17, 1}, {2, 3}, {13, 11}, {1, 1, 1}, {1, 1, 9}, {9, 1, 1},
            {1, 8, 7}, {6, 1, 7}, {5, 6, 7}};
        for (int[] shape : sizes) {
            for (double share : new double[] {0, 0.05, 0.3, 0.8, 0.97, 1}) {
                cases.add(random(random, Grid.of(shape), share));
                double[] spacing = random.doubles(shape.length, 0.3, 3).toArray();
                cases.add(random(random, new Grid(shape, spacing), share));
            }
        }
        return cases;
    }

    private static Case random(Random random, Grid grid, double share) {
        boolean[] mask = new boolean[grid.length()];
        for (int p = 0; p < mask.length; p++) {
            mask[p] = random.nextDouble() < share;
        }
        return new Case(mask, grid);
    }

    /** The mask that a picture shows: lines of an image, with {@code #} where it is set. */
    static Case picture(String text) {
        String[] lines = text.strip().split("\\s+");
        boolean[] mask = new boolean[lines.length * lines[0].length()];
        for (int p = 0; p < mask.length; p++) {
            mask[p] = lines[p / lines[0].length()].charAt(p % lines[0].length()) == '#';
        }
        return new Case(mask, Grid.of(lines.length, lines[0].length()));
    }

    static String picture(boolean[] mask, int width) {
        StringBuilder text = new StringBuilder();
        for (int p = 0; p < mask.length; p++) {
            text.append(mask[p] ? '#' : '.').append(p % width == width - 1 ? "\n" : "");
        }
        return text.toString();
    }

    /** Whether an element lies in the image and is set. */
    static boolean isSet(Case masked, int[] at) {
        int index = 0;
        for (int axis = 0; axis < at.length; axis++) {
            if (at[axis] < 0 || at[axis] >= masked.grid().sizes()[axis]) {
                return false;
            }
            index = index * masked.grid().sizes()[axis] + at[axis];
        }
        return masked.mask()[index];
    }

    static int[] coordinates(Grid grid, int p) {
        int[] at = new int[grid.rank()];
        for (int axis = at.length - 1, rest = p; axis >= 0; axis--) {
            at[axis] = rest % grid.sizes()[axis];
            rest /= grid.sizes()[axis];
        }
        return at;
    }

    /** How many parts a mask has, whose elements touch by a face, or also by an edge or a corner. */
    static int parts(boolean[] mask, Grid grid, boolean byCorners) {
        boolean[] seen = new boolean[mask.length];
        int parts = 0;
        for (int seed = 0; seed < mask.length; seed++) {
            if (mask[seed] && !seen[seed]) {
                parts++;
                List<Integer> open = new ArrayList<>(List.of(seed));
                seen[seed] = true;
                while (!open.isEmpty()) {
                    int[] from = coordinates(grid, open.remove(open.size() - 1));
                    for (int q = 0; q < mask.length; q++) {
                        if (mask[q] && !seen[q] && touch(from, coordinates(grid, q), byCorners)) {
                            seen[q] = true;
                            open.add(q);
                        }
                    }
                }
            }
        }
        return parts;
    }

    private static boolean touch(int[] a, int[] b, boolean byCorners) {
        int sum = 0;
        int most = 0;
        for (int axis = 0; axis < a.length; axis++) {
            int step = Math.abs(a[axis] - b[axis]);
            sum += step;
            most = Math.max(most, step);
        }
        return byCorners ? most == 1 : sum == 1;
    }
}
