package org.segloss4j.internal.cuda.compile;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Collections;

/**
 * The classes that call native code by java.lang.foreign. They are loaded by name, since the jar holds them for JDK 22
 * and newer only, and not at all if an older JDK built it.
 */
final class ForeignClasses {

    private static final String PACKAGE = "org.segloss4j.internal.cuda.foreign.";
    private static final int FIRST_JDK = 22;

    private ForeignClasses() {
    }

    /** Why they cannot be used here, or null. */
    static String lacking() {
        return lacking(Runtime.version().feature(), ForeignClasses.class.getClassLoader());
    }

    static String lacking(int jdk, ClassLoader loader) {
        if (jdk < FIRST_JDK) {
            return "java.lang.foreign, which needs no native code, needs JDK " + FIRST_JDK + " or newer, and this is "
                    + jdk;
        }
        try {
            Class.forName(PACKAGE + "ForeignDriver", false, loader);
            return null;
        } catch (ClassNotFoundException e) {
            String file = "META-INF/versions/" + FIRST_JDK + "/" + PACKAGE.replace('.', '/') + "ForeignDriver.class";
            if (loader.getResource(file) != null) {
                return "java.lang.foreign cannot be used, since the manifest of the jar that holds SegLoss4J lacks the"
                        + " line Multi-Release: true";
            }
            return "java.lang.foreign cannot be used, since this build of SegLoss4J was made by a JDK before "
                    + FIRST_JDK;
        }
    }

    /** A new object of a class. */
    static <T> T make(Class<T> type, String name, String... arguments) {
        try {
            Constructor<?> constructor = Class.forName(PACKAGE + name)
                    .getDeclaredConstructor(Collections.nCopies(arguments.length, String.class)
                            .toArray(Class<?>[]::new));
            // Public classes that only a newer JDK sees are against the rules of such jars.
            constructor.setAccessible(true);
            return type.cast(constructor.newInstance((Object[]) arguments));
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof LinkageError missing) {
                throw missing;
            }
            if (e.getCause() instanceof IllegalCallerException refused) {
                throw MissingLibrary.denied(refused);
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
