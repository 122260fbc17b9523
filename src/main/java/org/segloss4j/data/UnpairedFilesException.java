package org.segloss4j.data;

import java.io.IOException;
import java.util.List;

/**
 * Images and masks do not belong together as they were said to. The message is one line: the first problem and how
 * many more there are.
 *
 * @since 0.1.0
 */
public final class UnpairedFilesException extends IOException {

    private static final long serialVersionUID = 1L;

    /** One line each. */
    private final String[] problems;

    UnpairedFilesException(List<String> problems) {
        super(problems.get(0) + (problems.size() == 1 ? "" : "; and " + (problems.size() - 1) + " more such "
                + (problems.size() == 2 ? "problem" : "problems")));
        this.problems = problems.toArray(String[]::new);
    }

    /**
     * Everything that is wrong.
     *
     * @return at least one line, each of which names a file; there may be thousands
     */
    public List<String> problems() {
        return List.of(problems);
    }
}
