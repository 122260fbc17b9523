package org.segloss4j.data;

import java.awt.Color;

/** Colours of classes that are told apart easily, the first one dark for what lies behind. */
final class ClassColours {

    private static final int[] FIRST = {0x2F3640, 0x3D9BE9, 0xF25F5C, 0xFFC145, 0x9B5DE5, 0x2EC4A6, 0xFF8C42,
        0xB5D33D, 0xE36BAE, 0x7A6C5D, 0x1B7F79, 0x8FB8DE};
    /** Turning hues by the golden ratio never repeats one. */
    private static final double GOLDEN = 0.618033988749895;

    private ClassColours() {
    }

    /** 0xRRGGBB of a class. */
    static int of(int c) {
        if (c < FIRST.length) {
            return FIRST[c];
        }
        int round = c / 7 % 3;
        return Color.HSBtoRGB((float) (c * GOLDEN % 1), 0.85f - 0.2f * round, 0.6f + 0.15f * round) & 0xFFFFFF;
    }
}
