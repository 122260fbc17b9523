package org.segloss4j.internal.cuda.compile;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.JCudaVersion;
import jcuda.LibUtils;

/**
 * Unpacks JCuda's native code to where JCuda would. JCuda itself does not write the file atomically: of two processes
 * that start together, one may load an incomplete file, and the file of a killed process stays incomplete.
 */
public final class JCudaNatives {

    private JCudaNatives() {
    }

    /**
     * Unpacks a library, unless it is there in full. If that fails, JCuda tries.
     *
     * @param library like {@code JCudaDriver}
     * @throws LinkageError if JCuda is missing
     */
    public static void unpack(String library) {
        String file = LibUtils.createLibraryFileName(
                LibUtils.createPlatformLibraryName(library + "-" + JCudaVersion.get()));
        URL resource = LibUtils.class.getResource("/lib/" + file);
        if (resource == null) {
            return;
        }
        Path target = Path.of(System.getProperty("java.io.tmpdir"), file);
        try {
            URLConnection connection = resource.openConnection();
            try (InputStream in = connection.getInputStream()) {
                if (!Files.isRegularFile(target) || Files.size(target) != connection.getContentLengthLong()) {
                    WholeFile.write(target, in);
                }
            }
        } catch (IOException e) {
            // JCuda's own attempt follows, whose error says more than this one.
        }
    }
}
