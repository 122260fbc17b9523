package org.segloss4j.internal.build;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What Maven wrote into a file of the class path when it built this, so that nobody repeats it. */
public final class Build {

    private static final Properties PROPERTIES = read("build.properties");

    private Build() {
    }

    /** The version of SegLoss4J. */
    public static String version() {
        return value("version");
    }

    /** Maven's group of the ND4J that this was built against. */
    public static String nd4jGroup() {
        return value("nd4j.groupId");
    }

    /** Maven's group of the DL4J that this was built against. */
    public static String dl4jGroup() {
        return value("dl4j.groupId");
    }

    private static String value(String name) {
        String value = PROPERTIES.getProperty(name);
        // Tools that copy resources without Maven leave the placeholders as they are.
        return value == null || value.startsWith("${") ? "unknown" : value;
    }

    private static Properties read(String name) {
        Properties properties = new Properties();
        try (InputStream in = Build.class.getResourceAsStream(name)) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name, e);
        }
        return properties;
    }
}
