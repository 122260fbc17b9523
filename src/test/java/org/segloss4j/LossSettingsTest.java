package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

/** Each setting has a method of its name, which sets it and nothing else. */
class LossSettingsTest {

    /** The methods of the settings, of which one sets what another one sets, too. */
    static List<Method> methods() {
        return Stream.of(ClassSettings.class, RegionSettings.class, PixelSettings.class)
                .flatMap(group -> Arrays.stream(group.getDeclaredMethods())).toList();
    }

    private static Setting setting(Method method) {
        return Setting.named(method.getName().equals("alphas") ? "alpha" : method.getName());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void setsWhatItsNameSays(Method method) throws Exception {
        Setting setting = setting(method);
        List<LossKind> kinds = Arrays.stream(LossKind.values()).filter(kind -> kind.has(setting))
                .filter(kind -> !method.getName().equals("alphas") || takesAlphas(kind)).toList();
        assertThat(kinds).isNotEmpty();
        for (LossKind kind : kinds) {
            SegmentationLoss plain = new SegmentationLoss(kind);
            List<Object> samples = samples(method.getParameterTypes()[0]);
            assertThat(samples.stream().map(value -> plain.set(setting.method(), value))).as("%s", kind)
                    .doesNotHaveDuplicates();
            for (Object value : samples) {
                assertThat(method.invoke(plain, value)).as("%s, %s", kind, value)
                        .isEqualTo(plain.set(setting.method(), value));
            }
        }
    }

    private static boolean takesAlphas(LossKind kind) {
        return Set.of(LossKind.SOFTMAX_FOCAL, LossKind.SIGMOID_FOCAL, LossKind.POLY_FOCAL).contains(kind);
    }

    /** Two values that all losses take, for each type of parameter that there is. */
    private static List<Object> samples(Class<?> type) {
        if (type.isEnum()) {
            Object[] constants = type.getEnumConstants();
            // The first way to weigh classes is not for all losses that have a choice.
            return List.of(constants[constants.length - 2], constants[constants.length - 1]);
        } else if (type == boolean.class) {
            return List.of(true, false);
        } else if (type == int.class) {
            return List.of(2, 3);
        } else if (type == double.class) {
            return List.of(0.25, 0.75);
        } else if (type == double[].class) {
            return List.of(new double[] {0.25}, new double[] {0.75});
        } else if (type == int[].class) {
            return List.of(new int[] {1}, new int[] {2, 0});
        }
        return List.of(new int[][] {{0, 1}}, new int[][] {{1}, {2, 0}});
    }

    @Test
    void eachSettingHasAMethodThatKeepsTheTypeOfTheLoss() {
        assertThat(methods().stream().map(LossSettingsTest::setting).collect(Collectors.toSet()))
                .as("distances are given to the factory").containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Setting.values()).filter(each -> each != Setting.DISTANCES).toList());
        assertThat(methods()).allMatch(method -> method.getReturnType() == SegmentationLoss.class);
    }

    @Test
    void arraysAreToldByWhatTheyHold() {
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.softmaxFocal().alphas())
                .withMessage("alpha is [], but must be at least one number");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.dice().set("perImage", new int[] {1, 0}))
                .withMessage("perImage is [1, 0], but must be true or false");
    }

    /** One list of numbers alone could be one group or several of one class each. */
    @Test
    void severalNumbersAreNoGroups() {
        for (Object flat : List.of(new int[] {1, 2}, List.of(1, 2))) {
            assertThatIllegalArgumentException().isThrownBy(() -> Losses.dice().set("class_groups", flat))
                    .withMessageStartingWith("classGroups is ")
                    .withMessageEndingWith(", but must be a list of lists of classes, such as [[1, 2], [3]]");
        }
        assertThat(Losses.dice().set("class_groups", List.of(List.of(1, 2))))
                .isEqualTo(Losses.dice().classGroups(new int[] {1, 2}));
        assertThat(Losses.dice().set("class_groups", List.of(List.of(1, 2), 3)))
                .isEqualTo(Losses.dice().classGroups(new int[] {1, 2}, new int[] {3}));
    }
}
