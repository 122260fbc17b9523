package org.segloss4j.internal.cuda.compile;

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
                : byConvention(System.getProperty("os.name"), System.getProperty("user.home"), System.getenv());
    }

    /** What the systems' conventions say. */
    static Path byConvention(String system, String home, Map<String, String> environment) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            String local = environment.get("LOCALAPPDATA");
            return (local != null ? Path.of(local) : Path.of(home, "AppData", "Local")).resolve("segloss4j")
                    .resolve("cache");
        }
        if (name.startsWith("mac")) {
            return Path.of(home, "Library", "Caches", "segloss4j");
        }
        // The XDG specification says that relative paths are invalid and to be ignored.
        String xdg = environment.get("XDG_CACHE_HOME");
        return (xdg != null && Path.of(xdg).isAbsolute() ? Path.of(xdg) : Path.of(home, ".cache"))
                .resolve("segloss4j");
    }
}
