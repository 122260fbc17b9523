package org.segloss4j.internal.cuda.compile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Where files are kept between runs. */
public final class CacheFolder {

    /** The folder; by default the one that the system has for such files. */
    static final String PROPERTY = "segloss4j.cache";

    private CacheFolder() {
    }

    /** The folder that is set, or else the default. */
    public static Path configured() {
        String set = System.getProperty(PROPERTY);
        return set != null && !set.isBlank() ? Path.of(set).toAbsolutePath()
                : byConvention(System.getProperty("os.name"), System.getProperty("user.home"), System.getenv(),
                        temporary(System.getProperty("java.io.tmpdir"), System.getProperty("user.name")));
    }

    /**
     * The same folder, which is made if need be, closed to others.
     *
     * @throws IOException if it cannot be made, or others may write to it
     */
    public static Path made() throws IOException {
        Path folder = configured();
        new PrivateFolder(folder).make();
        return folder;
    }

    /** A folder for users without a home; that it is theirs is checked before anything is loaded from it. */
    private static Path temporary(String folder, String user) {
        return Path.of(folder, "segloss4j-" + user.replaceAll("[^A-Za-z0-9]", "_")).toAbsolutePath();
    }

    /**
     * What the systems' conventions say.
     *
     * @param homeless what to use where the user has no home: Java then says "?", which would be a folder below
     *                 whatever the current one is
     */
    static Path byConvention(String system, String home, Map<String, String> environment, Path homeless) {
        String name = system.toLowerCase(Locale.ROOT);
        boolean hasHome = home != null && Path.of(home).isAbsolute();
        if (name.startsWith("windows")) {
            String local = environment.get("LOCALAPPDATA");
            boolean hasLocal = local != null && Path.of(local).isAbsolute();
            return hasLocal || hasHome ? (hasLocal ? Path.of(local) : Path.of(home, "AppData", "Local"))
                    .resolve("segloss4j").resolve("cache") : homeless;
        }
        if (name.startsWith("mac") && hasHome) {
            return Path.of(home, "Library", "Caches", "segloss4j");
        }
        // The XDG specification says that relative paths are invalid and to be ignored.
        String xdg = environment.get("XDG_CACHE_HOME");
        if (xdg != null && Path.of(xdg).isAbsolute()) {
            return Path.of(xdg, "segloss4j");
        }
        return hasHome ? Path.of(home, ".cache", "segloss4j") : homeless;
    }
}
