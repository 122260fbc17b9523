package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OverlapTest {

    private static final DevicePlace PLACE = new DevicePlace(0, 0);

    private static Tensor tensor(ElementType type, long address, long offset, long[] sizes, long[] strides) {
        return new Tensor(Storage.onDevice(PLACE, address, 1 << 20, PLACE), type, offset, sizes[0], (int) sizes[1],
                sizes[2], strides[0], strides[1], strides[2]);
    }

    private static Set<Long> bytes(Tensor t) {
        Set<Long> bytes = new HashSet<>();
        for (long n = 0; n < t.examples(); n++) {
            for (int c = 0; c < t.channels(); c++) {
                for (long s = 0; s < t.pixels(); s++) {
                    for (int b = 0; b < t.type().bytes(); b++) {
                        bytes.add(t.storage().address() + t.offset(n, c, s) * t.type().bytes() + b);
                    }
                }
            }
        }
        return bytes;
    }

    /** Never false where an element is shared, and exact for tensors of the same strides. */
    @Test
    void agreesWithTheSetsOfBytes() {
        Random random = new Random(4);
        int[] seen = new int[4];
        for (int round = 0; round < 20_000; round++) {
            long[] strides = new long[3];
            long[] other = new long[3];
            long[] sizes = new long[3];
            long[] otherSizes = new long[3];
            for (int k = 0; k < 3; k++) {
                strides[k] = random.nextInt(25) - 4;
                other[k] = random.nextInt(25) - 4;
                sizes[k] = 1 + random.nextInt(4);
                otherSizes[k] = 1 + random.nextInt(4);
            }
            boolean same = random.nextInt(3) > 0;
            ElementType type = same || random.nextBoolean() ? ElementType.FLOAT : ElementType.UINT8;
            Tensor a = tensor(ElementType.FLOAT, 0, 100 + random.nextInt(40), sizes, strides);
            Tensor b = tensor(type, random.nextInt(3), 100 + random.nextInt(40), otherSizes, same ? strides : other);
            boolean meet = bytes(a).stream().anyMatch(bytes(b)::contains);
            boolean said = Overlap.between(a, b);
            boolean exact = same && b.storage().address() == 0;
            if (meet || exact) {
                assertThat(said).as("%s strides %s and %s", a, Arrays.toString(strides), b).isEqualTo(meet);
            }
            assertThat(Overlap.between(b, a)).isEqualTo(said);
            seen[(exact ? 2 : 0) + (said ? 1 : 0)]++;
        }
        // Both answers occur often, for tensors of the same strides and for others.
        for (int count : seen) {
            assertThat(count).isGreaterThan(500);
        }
    }

    /** As logits and their gradient do that are the two halves of the channels of one array. */
    @Test
    void halvesOfAnArrayShareNothing() {
        long[] sizes = {8, 19, 512 * 512};
        long[] strides = {38L * 512 * 512, 512 * 512, 1};
        Tensor first = tensor(ElementType.FLOAT, 1 << 12, 0, sizes, strides);
        assertThat(Overlap.between(first, tensor(ElementType.FLOAT, 1 << 12, 19L * 512 * 512, sizes, strides)))
                .isFalse();
        assertThat(Overlap.between(first, tensor(ElementType.FLOAT, 1 << 12, 18L * 512 * 512, sizes, strides)))
                .isTrue();
    }
}
