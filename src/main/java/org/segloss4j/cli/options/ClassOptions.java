package org.segloss4j.cli.options;

import java.util.List;
import java.util.stream.IntStream;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.weights.LabelCounting;
import picocli.CommandLine.Option;

/** What commands need to know about the labels in mask files. */
public final class ClassOptions {

    /** More classes than a 16-bit mask can hold make no sense. */
    private static final int MOST = 65536;

    @Option(names = "--classes", required = true, paramLabel = "N",
            description = "Number of classes; labels are 0 to N-1.")
    private int classes;

    @Option(names = "--ignore", paramLabel = "K",
            description = "Label of void pixels, which count nowhere; may be a class or not.")
    private Integer ignore;

    @Option(names = "--names", split = ",", paramLabel = "NAME", description = "Names of the classes, from class 0 on.")
    private List<String> names = List.of();

    public int classes() {
        if (classes < 1 || classes > MOST) {
            throw new UserException("--classes is " + classes + ", but must be from 1 to " + MOST);
        }
        return classes;
    }

    /** The label of void pixels, or null. */
    public Integer ignore() {
        return ignore;
    }

    /** How labels are counted. */
    public LabelCounting counting() {
        LabelCounting all = LabelCounting.classes(classes());
        return ignore == null ? all : all.ignoreIndex(ignore);
    }

    /** One name per class: those given, or else the indexes. */
    public List<String> names() {
        return names(names, classes());
    }

    /** One name per class: those given, or else the indexes. */
    public static List<String> names(List<String> given, int classes) {
        if (given.isEmpty()) {
            return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
        }
        if (given.size() != classes) {
            throw new UserException("--names has " + given.size() + " names, but --classes is " + classes);
        }
        for (int c = 0; c < classes; c++) {
            if (given.get(c).isBlank()) {
                throw new UserException("--names has no name for class " + c);
            }
        }
        return given.stream().map(String::strip).toList();
    }
}
