package org.segloss4j.data;

import java.util.Arrays;
import java.util.Objects;

/** Signed distances and, behind them, skeletons of the same labels. */
final class JoinedMaps extends PixelMaps {

    private final SignedDistanceMaps distances;
    private final Skeletons skeletons;

    private JoinedMaps(SignedDistanceMaps distances, Skeletons skeletons) {
        super(distances.classes(), distances.ignoreIndex());
        this.distances = distances;
        this.skeletons = skeletons;
    }

    static PixelMaps of(PixelMaps one, PixelMaps other) {
        if (one instanceof Skeletons && other instanceof SignedDistanceMaps) {
            return of(other, one);
        }
        if (!(one instanceof SignedDistanceMaps distances && other instanceof Skeletons skeletons)) {
            throw new IllegalArgumentException("the maps to join are " + one + " and " + other
                    + ", but must be signed distance maps and skeletons, one of each");
        }
        if (one.classes() != other.classes() || !Objects.equals(one.ignoreIndex(), other.ignoreIndex())) {
            throw new IllegalArgumentException("the maps to join are " + one + " with ignoreIndex " + one.ignoreIndex()
                    + " and " + other + " with ignoreIndex " + other.ignoreIndex() + ", but must agree in both");
        }
        return new JoinedMaps(distances, skeletons);
    }

    @Override
    public int channels() {
        return distances.channels() + skeletons.channels();
    }

    @Override
    float[] ofImage(int[] labels, int[] sizes) {
        float[] first = distances.ofImage(labels, sizes);
        float[] second = skeletons.ofImage(labels, sizes);
        float[] all = Arrays.copyOf(first, Math.addExact(first.length, second.length));
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Override
    public String toString() {
        return distances + " and " + skeletons;
    }
}
