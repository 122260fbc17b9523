package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;

/** The stream of a serialised object with one number changed. */
final class ForgedStream {

    private ForgedStream() {
    }

    /** Asserts that the object cannot be read once the 8 bytes of a number, which occur once, are those of another. */
    static void refuses(Object object, long number, long forged, String message) {
        ByteBuffer bytes = ByteBuffer.wrap(written(object));
        int at = -1;
        for (int k = 0; k + Long.BYTES <= bytes.capacity(); k++) {
            if (bytes.getLong(k) == number) {
                assertThat(at).isEqualTo(-1);
                at = k;
            }
        }
        bytes.putLong(at, forged);
        assertThatThrownBy(() -> {
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.array()))) {
                in.readObject();
            }
        }).isInstanceOf(InvalidObjectException.class).hasMessageContaining(message);
    }

    private static byte[] written(Object object) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }
}
