package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.plan.CurveRow;
import org.segloss4j.internal.cuda.plan.DivisorRow;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.LabelKind;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;
import org.segloss4j.internal.cuda.plan.KernelVariant.Terms;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.MeanRow;
import org.segloss4j.internal.cuda.plan.RegionRow;
import org.segloss4j.internal.cuda.plan.StatisticsRow;
import org.segloss4j.internal.cuda.plan.TermRow;
import org.segloss4j.internal.cuda.plan.WideRegionRow;
import org.segloss4j.internal.math.CoefficientsLayout;
import org.segloss4j.internal.math.SumsLayout;

/** Java and the kernels agree on where each number of a shared array stands, name by name. */
class KernelLayoutTest {

    private static final KernelVariant VARIANT = KernelChoice.special(Entry.REGION_FORWARD, 3, Activation.SOFTMAX,
            Layout.CHANNELS_FIRST, LabelKind.INDEX_UINT8, ElementType.FLOAT, Terms.NONE, LaunchPolicy.DEFAULT);

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @Test
    void everyNameStandsForTheSamePlaceInJavaAndInTheKernels() throws ReflectiveOperationException {
        Map<String, Long> java = new TreeMap<>();
        for (Record layout : new Record[] {new SumsLayout(5, 2), new CoefficientsLayout(3, 5),
            new RegionRow(5), new WideRegionRow(5),
            new MeanRow(5), new CurveRow(5),
            new DivisorRow(5), new TermRow(5), new StatisticsRow(5)}) {
            java.putAll(names(layout));
        }
        assertThat(HostCompiler.layout(VARIANT, "seg_host_names")).containsExactlyInAnyOrderEntriesOf(java);
    }

    /** Constants by name, and members by their call: of row 2 and class 3, or else of class, term or number 2. */
    private static Map<String, Long> names(Record layout) throws ReflectiveOperationException {
        Class<?> type = layout.getClass();
        Set<String> components = Arrays.stream(type.getRecordComponents()).map(component -> component.getName())
                .collect(Collectors.toSet());
        Map<String, Long> names = new TreeMap<>();
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
                names.put(type.getSimpleName() + "." + field.getName(), field.getLong(null));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            boolean isPlace = Arrays.stream(method.getParameterTypes()).allMatch(Class::isPrimitive)
                    && method.getReturnType().isPrimitive() && !components.contains(method.getName())
                    && !method.getName().equals("hashCode") && !method.isSynthetic();
            if (isPlace) {
                int[] values = IntStream.range(2, 2 + method.getParameterCount()).toArray();
                Object[] arguments = new Object[values.length];
                for (int k = 0; k < values.length; k++) {
                    arguments[k] = method.getParameterTypes()[k] == long.class ? (Object) (long) values[k] : values[k];
                }
                String call = Arrays.stream(values).mapToObj(Integer::toString).collect(Collectors.joining(", "));
                names.put(type.getSimpleName() + "." + method.getName() + "(" + call + ")",
                        ((Number) method.invoke(layout, arguments)).longValue());
            }
        }
        return names;
    }
}
