package org.segloss4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.Nd4jBackend;

/**
 * Seeds ND4J's generator before each class of tests, whose arguments may be drawn, and before each test, by its name:
 * one that fails fails again, by itself too. JUnit finds it by {@code META-INF/services} and
 * {@code junit-platform.properties}. Tests that do not name ND4J do not wait for it to be loaded, and where
 * ND4J has no backend, as on a machine that checks the kernels alone, there is nothing to seed.
 */
public final class SeededRandom implements BeforeAllCallback, BeforeEachCallback {

    @Override
    public void beforeAll(ExtensionContext context) {
        seed(context, "");
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        seed(context, context.getRequiredTestMethod().getName() + context.getDisplayName());
    }

    private static void seed(ExtensionContext context, String test) {
        for (Class<?> type = context.getRequiredTestClass(); type != Object.class; type = type.getSuperclass()) {
            if (namesNd4j(type) && ServiceLoader.load(Nd4jBackend.class).stream().findAny().isPresent()) {
                Nd4j.getRandom().setSeed((context.getRequiredTestClass().getName() + test).hashCode());
                return;
            }
        }
    }

    /** Whether ND4J stands among the constants of a class. */
    static boolean namesNd4j(Class<?> type) {
        try (InputStream file = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            return file == null || new String(file.readAllBytes(), StandardCharsets.ISO_8859_1).contains("org/nd4j/");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
