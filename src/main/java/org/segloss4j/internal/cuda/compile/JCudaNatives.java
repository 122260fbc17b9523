package org.segloss4j.internal.cuda.compile;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Path;
import jcuda.JCudaVersion;
import jcuda.LibUtils;

/**
 * Loads JCuda's native code from a folder of this user. JCuda itself unpacks it to the temporary folder under a name
 * that can be foreseen, and loads what it finds there, which may be another user's file or a part that a killed process
 * left.
 */
public final class JCudaNatives {

    private static final String TEMPORARY = "java.io.tmpdir";

    private JCudaNatives() {
    }

    /**
     * Makes JCuda load a library. It asks the system property of the temporary folder where to look, and nothing else,
     * so for that moment the property names our folder. Other classes read it once, when they are loaded.
     *
     * @param library like {@code JCudaDriver}
     * @param use     the first use of the class that loads the library
     * @throws LinkageError if JCuda is missing, or its native code cannot be unpacked
     */
    public static synchronized void load(String library, Runnable use) {
        String file = file(library);
        URL resource = resource(file);
        if (resource == null) {
            // Only one that the system finds is left, or JCuda's complaint that there is none.
            use.run();
            return;
        }
        String before = System.getProperty(TEMPORARY);
        System.setProperty(TEMPORARY, unpack(resource, file).getParent().toString());
        try {
            use.run();
        } finally {
            System.setProperty(TEMPORARY, before);
        }
    }

    /**
     * Whether JCuda brings its native code, which it does for some platforms only.
     *
     * @param library like {@code JCudaDriver}
     * @return what is missing, or null
     */
    static String lacking(String library) {
        try {
            String file = file(library);
            return resource(file) == null ? "there is no " + file + " on the class path" : null;
        } catch (LinkageError e) {
            return MissingLibrary.cause(e);
        }
    }

    private static String file(String library) {
        return LibUtils.createLibraryFileName(
                LibUtils.createPlatformLibraryName(library + "-" + JCudaVersion.get()));
    }

    private static URL resource(String file) {
        return LibUtils.class.getResource("/lib/" + file);
    }

    private static Path unpack(URL resource, String file) {
        try {
            URLConnection connection = resource.openConnection();
            try (InputStream in = connection.getInputStream()) {
                return NativeFiles.unpack("jcuda", file, in, connection.getContentLengthLong());
            }
        } catch (IOException e) {
            throw (LinkageError) new UnsatisfiedLinkError(file + " cannot be unpacked: " + e.getMessage())
                    .initCause(e);
        }
    }
}
