package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

/** That the catalogue of losses for tests lacks none. */
class LossCasesTest {

    @Test
    void everyKindOccursPlainWithEachOfItsSettingsAndWithAll() {
        for (LossKind kind : LossKind.values()) {
            SegmentationLoss plain = Losses.named(kind.lossName());
            if (!kind.isSeparate()) {
                assertThat(LossCases.all(3)).as(kind.name()).contains(plain);
                assertThat(LossCases.some(3)).as(kind.name()).contains(plain);
            }
            Set<Setting> alone = new HashSet<>();
            Set<Setting> together = new HashSet<>();
            for (LossCases.Case each : kind.isSeparate() ? LossCases.separateCases(3) : LossCases.cases(3)) {
                if (each.kind() == kind && each.settings().size() == 1) {
                    alone.addAll(each.settings().keySet());
                    // A value that is the default would test nothing, but for the one whose neighbours are not.
                    assertThat(each.loss()).as(each.toString()).satisfiesAnyOf(
                            loss -> assertThat(loss).isNotEqualTo(plain),
                            loss -> assertThat(each.settings()).containsOnlyKeys(Setting.GAMMA));
                }
                if (each.kind() == kind && each.settings().size() > 1) {
                    together.addAll(each.settings().keySet());
                }
            }
            assertThat(alone).as(kind.name()).isEqualTo(kind.settings());
            assertThat(kind.settings().size() < 2 || together.equals(kind.settings())).as(kind.name()).isTrue();
        }
    }

    /** The methods and constants of the API are what the catalogue finds by name. */
    @Test
    void everyLossOfTheApiOccurs() throws ReflectiveOperationException {
        List<SegmentationLoss> api = new ArrayList<>();
        for (Method method : Losses.class.getMethods()) {
            if (method.getReturnType() == SegmentationLoss.class && method.getParameterCount() == 0) {
                api.add((SegmentationLoss) method.invoke(null));
            }
        }
        List<SegmentationLoss> known = new ArrayList<>(LossCases.all(3));
        LossCases.separateCases(3).forEach(each -> known.add(each.loss()));
        assertThat(known).containsAll(api);
        Set<Object> constants = Arrays.stream(Losses.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers())).map(field -> {
                    try {
                        return field.get(null);
                    } catch (IllegalAccessException e) {
                        throw new AssertionError(e);
                    }
                }).collect(Collectors.toSet());
        assertThat(new HashSet<Object>(LossCases.sums().values())).isEqualTo(constants);
    }

    @Test
    void pixelAndRegionLossesAreAllOfSome() {
        assertThat(LossCases.ofPixels(3)).isNotEmpty();
        assertThat(LossCases.ofRegions(3)).isNotEmpty();
        assertThat(LossCases.ofPixels(3).count() + LossCases.ofRegions(3).count()).isEqualTo(LossCases.some(3).size());
    }
}
