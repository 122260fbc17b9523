package org.segloss4j.cli.options;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.SegmentationEvaluation;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups of classes that have scores of their own. */
public final class GroupOptions {

    private static final String GROUPS = "--class-groups";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = GROUPS, split = ";", paramLabel = "[NAME=]K,K",
            description = "Groups of classes that are also scored as if each were one class, by numbers or names of"
                    + " classes, such as \"whole=1,2,3;core=1,3\".")
    private List<String> groups = List.of();

    /** The groups by their names, or without one by the names of their classes. */
    private Map<String, int[]> byName(LabelMap labels) {
        Map<String, int[]> all = new LinkedHashMap<>();
        for (String text : groups) {
            int equals = text.indexOf('=');
            String members = text.substring(equals + 1);
            String name = equals < 0 ? members.strip().replaceAll("\\s*,\\s*", "+") : text.substring(0, equals).strip();
            if (name.isEmpty() || members.isBlank()) {
                throw wrong(" has \"" + text + "\", but a group is written as NAME=K,K, such as whole=1,2,3");
            }
            int[] classes = Arrays.stream(members.split(",", -1)).mapToInt(each -> classOf(each.strip(), text, labels))
                    .toArray();
            if (all.put(name, classes) != null) {
                throw wrong(" has two groups that are called " + name);
            }
        }
        return all;
    }

    private int classOf(String text, String group, LabelMap labels) {
        int named = labels.names().indexOf(text);
        if (named >= 0) {
            return named;
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw wrong(" has \"" + text + "\" in \"" + group + "\", which is neither the number nor the"
                    + " name of a class");
        }
    }

    /**
     * Gives an evaluation the groups.
     *
     * @param labels     names of the classes
     * @param evaluation of them
     * @throws ParameterException for what is no class, and groups that cannot be
     */
    public void set(LabelMap labels, SegmentationEvaluation evaluation) {
        if (groups.isEmpty()) {
            return;
        }
        Map<String, int[]> all = byName(labels);
        try {
            evaluation.classGroups(all.values().toArray(int[][]::new)).groupNames(List.copyOf(all.keySet()));
        } catch (IllegalArgumentException e) {
            throw wrong(": " + e.getMessage());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), GROUPS + message);
    }
}
