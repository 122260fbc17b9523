package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.LossTerm;
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

    /** What a factory may ask for; an argument of another type has to be added here before a factory can be tested. */
    private static final Map<Class<?>, Object> ARGUMENTS = Map.of(double.class, 0.5, int.class, 3, double[][].class,
            new double[][] {{0, 1, 2}, {1, 0, 1}, {2, 1, 0}});

    /** The methods and constants of the API are what the catalogue finds by name, and vary what it varies. */
    @Test
    void everyLossOfTheApiOccurs() throws ReflectiveOperationException {
        List<SegmentationLoss> known = new ArrayList<>(LossCases.all(3));
        Map<LossKind, Set<Setting>> varied = new EnumMap<>(LossKind.class);
        Stream.concat(LossCases.cases(3).stream(), LossCases.separateCases(3).stream()).forEach(each -> {
            known.add(each.loss());
            varied.computeIfAbsent(each.kind(), kind -> EnumSet.noneOf(Setting.class))
                    .addAll(each.settings().keySet());
        });
        Set<LossKind> made = EnumSet.noneOf(LossKind.class);
        for (Method method : Losses.class.getMethods()) {
            if (method.getReturnType() != SegmentationLoss.class || method.getName().equals("named")) {
                continue;
            }
            assertThat(ARGUMENTS.keySet()).as(method.toString()).containsAll(List.of(method.getParameterTypes()));
            SegmentationLoss loss = (SegmentationLoss) method.invoke(null, Arrays.stream(method.getParameterTypes())
                    .map(ARGUMENTS::get).toArray());
            if (method.getParameterCount() == 0) {
                assertThat(known).as(method.toString()).contains(loss);
            }
            assertThat(loss.definition().terms()).as(method.toString()).hasSize(1);
            LossTerm term = loss.definition().terms().get(0);
            made.add(term.kind());
            Map<String, Object> defaults = new LossTerm(term.kind()).stored();
            term.stored().forEach((setting, value) -> {
                if (!Objects.equals(value, defaults.get(setting))) {
                    assertThat(varied.get(term.kind())).as(method.toString()).contains(Setting.named(setting));
                }
            });
        }
        // Nothing is to be had by its name alone.
        assertThat(made).containsExactlyInAnyOrder(LossKind.values());
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

    /** A loss that nobody can find or see what it does is not to be had. */
    @Test
    void everyLossOfTheApiIsDescribedAndDrawn() throws IOException {
        String formulas = Files.readString(Path.of("docs", "losses.md"));
        String choosing = Files.readString(Path.of("docs", "choosing-a-loss.md"));
        String effects = choosing.substring(choosing.indexOf("## What each loss does"));
        String pictures = Files.readString(Path.of("bench", "jmh", "java", "org", "segloss4j", "bench",
                "LossPictures.java"));
        for (Method method : Losses.class.getMethods()) {
            if (method.getReturnType() == SegmentationLoss.class && !method.getName().equals("named")) {
                assertThat(formulas).as(method.getName()).containsPattern("\\| .*`" + method.getName() + "\\(");
                assertThat(effects).as(method.getName()).containsPattern("`" + method.getName() + "[`(]");
                assertThat(pictures).as(method.getName()).containsPattern(
                        "\\.(softmax|binary)\\(\"" + method.getName() + "\\(");
            }
        }
        for (LossKind kind : LossKind.values()) {
            assertThat(formulas).as(kind.name()).contains("| `" + kind.lossName() + "` |");
        }
        for (Setting setting : Setting.values()) {
            assertThat(formulas).as(setting.name()).containsPattern("`(" + setting.method() + "|" + setting.pythonName()
                    + ")\\b");
        }
        for (Compat library : Compat.values()) {
            assertThat(formulas).as(library.name()).contains("| `" + library.name() + "`");
            library.losses().forEach(name -> assertThat(formulas).as(library + " " + name).contains("`" + name + "`"));
        }
    }
}
