package org.segloss4j.internal.morphology;

/** The 26 elements around one in a volume, as bits: that at z, y, x from −1 to 1 is bit 9z + 3y + x + 13. */
final class Neighbours {

    /** The elements of a cube of three, with its centre. */
    static final int ALL = 27;
    static final int CENTRE = 13;

    /** Of each element those of the cube that touch it in a face, an edge or a corner. */
    private static final int[] TOUCHING = new int[ALL];
    /** Of each element those that have a face in common with it. */
    private static final int[] FACING = new int[ALL];
    /** The 18 elements that have at least an edge in common with the centre. */
    private static final int CLOSE;

    static {
        int close = 0;
        for (int a = 0; a < ALL; a++) {
            for (int b = 0; b < ALL; b++) {
                int dz = Math.abs(a / 9 - b / 9);
                int dy = Math.abs(a / 3 % 3 - b / 3 % 3);
                int dx = Math.abs(a % 3 - b % 3);
                if (a != b && b != CENTRE && Math.max(dz, Math.max(dy, dx)) == 1) {
                    TOUCHING[a] |= 1 << b;
                    FACING[a] |= dz + dy + dx == 1 ? 1 << b : 0;
                    close |= a == CENTRE && dz + dy + dx < 3 ? 1 << b : 0;
                }
            }
        }
        CLOSE = close;
    }

    private Neighbours() {
    }

    /**
     * Whether the centre can be removed and the mask keeps its parts, holes and cavities: what is set around it hangs
     * together without it, and so does what is not set.
     *
     * @param around the elements that are set, without the centre
     * @return false also if the centre has no free face
     */
    static boolean isSimple(int around) {
        int free = ~around & CLOSE;
        int faces = free & FACING[CENTRE];
        return areConnected(around) && faces != 0 && (faces & ~reached(faces, free, FACING)) == 0;
    }

    /** Whether the elements that are set hang together without the centre; false if there is none. */
    static boolean areConnected(int around) {
        return around != 0 && reached(around, around, TOUCHING) == around;
    }

    /** What can be reached from one of the seeds through elements of a set. */
    private static int reached(int seeds, int within, int[] steps) {
        int reached = Integer.lowestOneBit(seeds);
        int next = reached;
        while (next != 0) {
            int from = Integer.numberOfTrailingZeros(next);
            int found = steps[from] & within & ~reached;
            reached |= found;
            next = next & next - 1 | found;
        }
        return reached;
    }
}
