package org.segloss4j.internal.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.compile.NvccCompiler;

/** A CUDA driver for one device that runs no code, built of src/test/resources/driver/stub.c. */
final class StubDriver {

    private StubDriver() {
    }

    /** Puts a libcuda.so.1 into a folder, for LD_LIBRARY_PATH; skips the test where there is no C compiler. */
    static void into(Path folder) throws IOException {
        try (InputStream in = StubDriver.class.getResourceAsStream("/driver/stub.c")) {
            Files.copy(in, folder.resolve("stub.c"));
        }
        String cause = null;
        try {
            NvccCompiler.run(List.of("cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", "libcuda.so.1",
                    "-Wl,-soname,libcuda.so.1", "stub.c"), folder, 60);
        } catch (IOException e) {
            cause = e.getMessage();
        }
        Need.present("cc", cause);
    }
}
