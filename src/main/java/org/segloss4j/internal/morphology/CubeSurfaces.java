package org.segloss4j.internal.morphology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The surface inside of a cube that separates those of its corners that belong to a mask from the others, for each of
 * the 256 ways: that of marching cubes. It runs through the middles of the edges between a corner of either kind. Bit k
 * of a way says whether corner k belongs to the mask, and bit a of k where the corner lies along axis a.
 *
 * <p>Where a face of the cube has two corners of a kind across from one another, it separates those that are fewer in
 * the cube. Rings of middles that do not lie in a plane have the triangles that have the largest area in a cube with
 * edges of length 1, so the surface is convex. These are the areas of the table of google-deepmind/surface-distance.
 *
 * <p>Source: Lorensen and Cline, Marching Cubes: A High Resolution 3D Surface Construction Algorithm, SIGGRAPH 1987.
 */
final class CubeSurfaces {

    private static final int AXES = 3;
    private static final int CORNERS = 8;
    private static final int WAYS = 1 << CORNERS;
    /** Of each way the normals of its triangles, as long as these are large. */
    private static final List<List<double[]>> NORMALS = IntStream.range(0, WAYS).mapToObj(way -> normals(
            Integer.bitCount(way) > CORNERS / 2 ? WAYS - 1 - way : way)).toList();

    private CubeSurfaces() {
    }

    /**
     * The area of the surface of each way.
     *
     * @param spacing the lengths of the edges along each of three axes
     * @return 256 areas; 0 where all corners are of one kind
     */
    static double[] areas(double[] spacing) {
        double[] areas = new double[WAYS];
        for (int way = 0; way < WAYS; way++) {
            for (double[] normal : NORMALS.get(way)) {
                // What lies across an axis is stretched along the other two.
                areas[way] += length(normal[0] * spacing[1] * spacing[2], normal[1] * spacing[0] * spacing[2],
                        normal[2] * spacing[0] * spacing[1]);
            }
        }
        return areas;
    }

    private static double length(double x, double y, double z) {
        return Math.sqrt(x * x + y * y + z * z);
    }

    private static List<double[]> normals(int inside) {
        List<double[]> normals = new ArrayList<>();
        rings(inside).forEach(ring -> addTriangles(ring, 0, ring.size() - 1, normals));
        return normals;
    }

    /** The rings of middles of edges that the surface ends at, on the faces of the cube. */
    private static List<List<double[]>> rings(int inside) {
        int[][] next = new int[CORNERS * AXES][];
        for (int axis = 0; axis < AXES; axis++) {
            link(inside, axis, 0, next);
            link(inside, axis, 1 << axis, next);
        }
        List<List<double[]>> rings = new ArrayList<>();
        for (int first = 0; first < next.length; first++) {
            List<double[]> ring = new ArrayList<>();
            int edge = first;
            while (next[edge] != null) {
                int[] ends = next[edge];
                next[edge] = null;
                ring.add(middle(edge));
                edge = next[ends[0]] != null ? ends[0] : ends[1];
            }
            if (!ring.isEmpty()) {
                rings.add(ring);
            }
        }
        return rings;
    }

    /** Links the edges of one face between which the surface ends there. */
    private static void link(int inside, int axis, int face, int[][] next) {
        int b = (axis + 1) % AXES;
        int c = (axis + 2) % AXES;
        int[] cut = IntStream.of(edge(face, b), edge(face | 1 << c, b), edge(face, c), edge(face | 1 << b, c))
                .filter(edge -> isCut(inside, edge)).toArray();
        if (cut.length == 2) {
            link(cut[0], cut[1], next);
        } else if (cut.length == 4) {
            IntStream.of(face, face | 1 << b, face | 1 << c, face | 1 << b | 1 << c)
                    .filter(corner -> isInside(inside, corner))
                    .forEach(corner -> link(edge(corner, b), edge(corner, c), next));
        }
    }

    private static void link(int one, int other, int[][] next) {
        add(next, one, other);
        add(next, other, one);
    }

    private static void add(int[][] next, int edge, int other) {
        next[edge] = next[edge] == null ? new int[] {other} : new int[] {next[edge][0], other};
    }

    /** The edge along an axis that begins or ends at a corner. */
    private static int edge(int corner, int axis) {
        return (corner & ~(1 << axis)) * AXES + axis;
    }

    private static boolean isCut(int inside, int edge) {
        return isInside(inside, edge / AXES) != isInside(inside, edge / AXES | 1 << edge % AXES);
    }

    private static boolean isInside(int inside, int corner) {
        return (inside >> corner & 1) != 0;
    }

    private static double[] middle(int edge) {
        double[] at = new double[AXES];
        Arrays.setAll(at, axis -> axis == edge % AXES ? 0.5 : edge / AXES >> axis & 1);
        return at;
    }

    /** Adds the normals of the triangles between two places of a ring, and returns their area. */
    private static double addTriangles(List<double[]> ring, int from, int to, List<double[]> normals) {
        double largest = 0;
        List<double[]> best = List.of();
        for (int between = from + 1; between < to; between++) {
            List<double[]> some = new ArrayList<>();
            double[] normal = normal(ring.get(from), ring.get(between), ring.get(to));
            some.add(normal);
            double area = length(normal[0], normal[1], normal[2]) + addTriangles(ring, from, between, some)
                    + addTriangles(ring, between, to, some);
            if (area > largest) {
                largest = area;
                best = some;
            }
        }
        normals.addAll(best);
        return largest;
    }

    private static double[] normal(double[] a, double[] b, double[] c) {
        double[] normal = new double[AXES];
        Arrays.setAll(normal, axis -> {
            int y = (axis + 1) % AXES;
            int z = (axis + 2) % AXES;
            return ((b[y] - a[y]) * (c[z] - a[z]) - (b[z] - a[z]) * (c[y] - a[y])) / 2;
        });
        return normal;
    }
}
