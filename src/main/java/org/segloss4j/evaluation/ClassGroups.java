package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.segloss4j.internal.math.PairSum.Group;

/**
 * Groups of classes of which each is scored as if it were one class. They may overlap. Immutable.
 *
 * @param groups the classes of each group; empty for none
 */
record ClassGroups(List<Group> groups) {

    static final ClassGroups NONE = new ClassGroups(List.of());

    /** Groups of so many classes, as a user gives them. */
    static ClassGroups of(int classes, int[]... groups) {
        require(groups.length > 0, "classGroups must hold at least one group");
        ClassGroups all = new ClassGroups(Arrays.stream(groups)
                .map(group -> new Group(Arrays.stream(group).boxed().toList())).toList());
        all.groups.forEach(group -> group.classes().forEach(c -> require(c < classes, "a group of classes is "
                + group.classes() + ", but class " + c + " is outside 0.." + (classes - 1))));
        return all;
    }

    /** What was {@linkplain #stored stored}, which a stream or a file may hold anything for. */
    static ClassGroups of(int classes, List<?> stored) {
        return stored == null ? NONE : of(classes, stored.stream().map(ClassGroups::group).toArray(int[][]::new));
    }

    private static int[] group(Object stored) {
        require(stored instanceof List<?>, "class groups hold " + stored + ", but must be lists of classes");
        return ((List<?>) stored).stream().mapToInt(c -> {
            require(c instanceof Integer, "class groups hold " + c + ", but a class is a whole number");
            return (Integer) c;
        }).toArray();
    }

    List<List<Integer>> stored() {
        return isNone() ? null : groups.stream().map(Group::classes).toList();
    }

    boolean isNone() {
        return groups.isEmpty();
    }

    int count() {
        return groups.size();
    }

    List<Integer> classes(int group) {
        require(group >= 0 && group < count(), isNone() ? "there are no groups of classes: set classGroups"
                : "group " + group + " is outside 0.." + (count() - 1));
        return groups.get(group).classes();
    }

    /** Whether each class is in a group. */
    boolean[] members(int group, int classes) {
        boolean[] members = new boolean[classes];
        classes(group).forEach(c -> members[c] = true);
        return members;
    }

    /** Refuses groups with the ignored label, of which there are no true pixels. */
    void requireWithout(Integer ignoreIndex) {
        groups.forEach(group -> require(ignoreIndex == null || !group.classes().contains(ignoreIndex),
                "a group of classes is " + group.classes() + ", but class " + ignoreIndex
                        + " is the ignored label: leave it out"));
    }

    /** Refuses to leave class 0 out by itself. */
    void requireBackground(boolean included) {
        require(isNone() || included, "includeBackground is false, but classGroups says which classes count: leave the"
                + " background out of the groups");
    }

    /** What each group is called by default: the names of its classes with + between them. */
    List<String> names(IntFunction<String> ofClass) {
        return IntStream.range(0, count()).mapToObj(group -> classes(group).stream().map(ofClass::apply)
                .collect(Collectors.joining("+"))).toList();
    }

    @Override
    public String toString() {
        return groups.stream().map(Group::classes).toList().toString();
    }
}
