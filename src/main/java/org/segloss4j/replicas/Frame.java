package org.segloss4j.replicas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Something that another replica said.
 *
 * @param type    what it is
 * @param call    the number of the collective call that it belongs to, or 0
 * @param payload valid until the frame is consumed
 */
record Frame(FrameType type, long call, ByteBuffer payload) {

    static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    byte[] bytes() {
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        return bytes;
    }

    String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
