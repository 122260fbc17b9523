package org.segloss4j.internal.cuda.compile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Files that other processes see whole or not at all. */
public final class WholeFile {

    private WholeFile() {
    }

    /** Writes or replaces a file, and makes its folder if needed. */
    public static void write(Path file, InputStream content) throws IOException {
        Files.createDirectories(file.getParent());
        // Not createTempFile, whose files nobody else may read.
        Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            Files.copy(content, temporary);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
