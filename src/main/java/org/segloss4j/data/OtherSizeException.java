package org.segloss4j.data;

import java.io.IOException;

/** A mask has another size than its image, which is often so of a whole data set and then told once. */
final class OtherSizeException extends IOException {

    private static final long serialVersionUID = 1L;

    OtherSizeException(String message) {
        super(message);
    }
}
