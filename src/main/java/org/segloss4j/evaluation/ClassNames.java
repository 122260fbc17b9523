package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * What classes are called in tables and charts. Immutable.
 *
 * @param names one per class, or null for their numbers
 */
record ClassNames(List<String> names) {

    static final ClassNames NUMBERS = new ClassNames(null);

    ClassNames {
        names = names == null ? null : Collections.unmodifiableList(new ArrayList<>(names));
    }

    /** Names of so many classes. */
    static ClassNames of(List<String> names, int classes) {
        require(names.size() == classes, names.size() + " class names for " + classes + " classes");
        return new ClassNames(names);
    }

    /** What was {@linkplain #stored stored}. */
    static ClassNames of(String[] stored, int classes) {
        return stored == null ? NUMBERS : of(Arrays.asList(stored), classes);
    }

    String[] stored() {
        return names == null ? null : names.toArray(String[]::new);
    }

    String of(int c) {
        return names == null ? Integer.toString(c) : names.get(c);
    }

    /** The same for a heading. */
    String title(int c) {
        return names == null ? "class " + c : names.get(c);
    }

    /** The same, marked if the class is ignored. */
    String of(int c, boolean isIgnored) {
        return isIgnored ? of(c) + " (ignored)" : of(c);
    }
}
