package org.segloss4j.cli.spark;

import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.segloss4j.cli.input.UserException;

/** Tells a path of this machine from a URI of a Hadoop file system. */
final class Locations {

    /** Two letters or more, as a drive has one. */
    private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]+):.*");

    private Locations() {
    }

    /** Whether Hadoop has to fetch it. */
    static boolean isRemote(String text) {
        return SCHEME.matcher(text).matches() && !text.toLowerCase(java.util.Locale.ROOT).startsWith("file:");
    }

    /**
     * A path of this machine.
     *
     * @param text a path, or a URI that begins with file:
     */
    static Path local(String text) {
        if (!SCHEME.matcher(text).matches()) {
            return Path.of(text);
        }
        try {
            URI uri = URI.create(text.replace(" ", "%20"));
            if (uri.getPath() == null || uri.getAuthority() != null) {
                throw new IllegalArgumentException("there is no path after file:");
            }
            return Path.of(uri.getPath());
        } catch (IllegalArgumentException e) {
            throw new UserException(text + " is no path: " + e.getMessage(), e);
        }
    }
}
