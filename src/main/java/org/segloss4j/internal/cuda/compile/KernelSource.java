package org.segloss4j.internal.cuda.compile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/**
 * The text of a kernel with its headers inserted, so that every compiler gets the same text, and its hash identifies
 * what is compiled. With line directives, messages of compilers name the right file and line.
 */
public final class KernelSource {

    private static final String FOLDER = "/kernels/";
    private static final Pattern INCLUDE = Pattern.compile("#include \"([^\"]+)\"\\s*");

    private KernelSource() {
    }

    /** The text of an entry; its choices are made by definitions, see {@link KernelVariant#definitions}. */
    public static String of(KernelVariant.Entry entry) {
        StringBuilder text = new StringBuilder();
        append(entry.file(), text, new HashSet<>());
        return text.toString();
    }

    private static void append(String file, StringBuilder text, Set<String> included) {
        if (!included.add(file)) {
            return;
        }
        text.append("#line 1 \"").append(file).append("\"\n");
        int number = 0;
        for (String line : read(file).split("\n", -1)) {
            number++;
            Matcher include = INCLUDE.matcher(line);
            if (include.matches()) {
                append(include.group(1), text, included);
                text.append("#line ").append(number + 1).append(" \"").append(file).append("\"\n");
            } else {
                // An empty line in place of the pragma keeps line numbers right.
                text.append(line.equals("#pragma once") ? "" : line).append('\n');
            }
        }
    }

    private static String read(String file) {
        try (InputStream in = KernelSource.class.getResourceAsStream(FOLDER + file)) {
            if (in == null) {
                throw new IllegalStateException("kernel source " + FOLDER + file + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("kernel source " + FOLDER + file + " cannot be read", e);
        }
    }
}
