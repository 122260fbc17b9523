package org.segloss4j.mutants;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A bug to be planted.
 *
 * @param id    its name
 * @param file  the file, below the project
 * @param right the text that is replaced, which must stand in the file exactly once
 * @param wrong what stands there instead
 * @param tests the tests that notice it: names of classes, or {@code Class#method}
 * @param needs {@code ptx} if the tests need a compiler that makes it of kernels, or null
 */
record Mutant(String id, String file, String right, String wrong, List<String> tests, String needs) {

    private static final String PACKAGE = "org.segloss4j.";

    /**
     * Reads a list. An entry is its id, file and tests, a line each that begins with {@code id:}, {@code file:} and
     * {@code test:}, maybe a line {@code needs:}, and two texts that stand between lines of {@code <<<<},
     * {@code ====} and {@code >>>>}. What is outside of entries is a comment.
     */
    static List<Mutant> read(Path list) throws IOException {
        List<Mutant> all = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        String id = null;
        String file = null;
        List<String> tests = null;
        String needs = null;
        StringBuilder right = null;
        StringBuilder wrong = null;
        for (String line : Files.readAllLines(list)) {
            if (line.equals("<<<<")) {
                right = new StringBuilder();
            } else if (right != null && wrong == null && line.equals("====")) {
                wrong = new StringBuilder();
            } else if (wrong != null && line.equals(">>>>")) {
                if (id == null || file == null || tests == null || !ids.add(id)) {
                    throw new IllegalArgumentException(list + ": an entry lacks id, file or test, or its id is twice: "
                            + id);
                }
                all.add(new Mutant(id, file, chopped(right), chopped(wrong), tests, needs));
                id = null;
                file = null;
                tests = null;
                needs = null;
                right = null;
                wrong = null;
            } else if (right != null) {
                (wrong == null ? right : wrong).append(line).append('\n');
            } else if (line.startsWith("id: ")) {
                id = line.substring(4).strip();
            } else if (line.startsWith("file: ")) {
                file = line.substring(6).strip();
            } else if (line.startsWith("needs: ")) {
                needs = line.substring(7).strip();
            } else if (line.startsWith("test: ")) {
                tests = List.of(line.substring(6).strip().split(",\\s*"));
            }
        }
        if (right != null || id != null) {
            throw new IllegalArgumentException(list + ": the last entry does not end");
        }
        return all;
    }

    /** Without the end of the last line, so that a part of a line can be replaced. */
    private static String chopped(StringBuilder text) {
        return text.isEmpty() ? "" : text.substring(0, text.length() - 1);
    }

    /** The file with the bug. */
    String planted() throws IOException {
        String text = Files.readString(Path.of(file));
        int first = text.indexOf(right);
        if (right.isEmpty() || first < 0 || text.indexOf(right, first + 1) >= 0) {
            throw new IllegalArgumentException("the text stands " + (first < 0 ? "nowhere" : "more than once") + " in "
                    + file);
        }
        return text.substring(0, first) + wrong + text.substring(first + right.length());
    }

    /** Arguments for JUnit's launcher. */
    static List<String> selectors(List<String> tests) {
        List<String> arguments = new ArrayList<>();
        for (String test : tests) {
            int hash = test.indexOf('#');
            arguments.add("--select-class=" + PACKAGE + (hash < 0 ? test : test.substring(0, hash)));
            if (hash >= 0) {
                arguments.add("--include-methodname=.*" + test.substring(hash));
            }
        }
        return arguments;
    }
}
