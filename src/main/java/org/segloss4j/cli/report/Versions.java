package org.segloss4j.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.segloss4j.internal.build.Build;

/** The versions that a result depends on. */
public final class Versions {

    private static final String UNKNOWN = "version unknown";

    private Versions() {
    }

    /** Of ND4J's interface, which the backend shares. */
    public static String nd4j() {
        return of(Build.nd4jGroup(), "nd4j-api");
    }

    public static String dl4j() {
        return of(Build.dl4jGroup(), "deeplearning4j-nn");
    }

    public static String java() {
        return System.getProperty("java.version") + ", " + System.getProperty("java.vm.name");
    }

    public static String system() {
        return System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                + System.getProperty("os.arch");
    }

    /** All of them by name. */
    static Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("SegLoss4J", Build.version());
        all.put("ND4J", nd4j());
        all.put("DL4J", dl4j());
        all.put("Java", java());
        all.put("system", system());
        return all;
    }

    /** The version that Maven wrote into a library. */
    private static String of(String group, String artifact) {
        String name = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream stream = Versions.class.getResourceAsStream(name)) {
            if (stream == null) {
                return UNKNOWN;
            }
            Properties properties = new Properties();
            properties.load(stream);
            return properties.getProperty("version", UNKNOWN);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }
}
