package org.segloss4j.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.Compat;
import org.segloss4j.KerasForm;
import org.segloss4j.LossCases;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

class LossExpressionTest {

    /** Stand for all of them, so that a new one needs no change here. */
    private static final String LOSSES = "{losses}";
    private static final String SETTINGS = "{settings}";

    private static final SegmentationLoss JACCARD = Losses.jaccard();
    private static final SegmentationLoss FOCAL = Losses.categoricalFocal();

    private static SegmentationLoss loss(String text) {
        return LossExpression.of(text, 3).loss(null, null);
    }

    @Test
    void knowsEveryNameOfEachLoss() {
        Map<String, SegmentationLoss> names = Map.ofEntries(
                Map.entry("jaccard,jaccard_loss", JACCARD),
                Map.entry("dice,dice_loss", Losses.dice()),
                Map.entry("bce,binary_crossentropy", Losses.binaryCrossEntropy()),
                Map.entry("cce,categorical_crossentropy", Losses.categoricalCrossEntropy()),
                Map.entry("tversky,tversky_loss", Losses.tversky()),
                Map.entry("focal_tversky,focal_tversky_loss", Losses.focalTversky(0.3, 0.7, 0.75)),
                Map.entry("log_dice,log_dice_loss", Losses.logDice()),
                Map.entry("log_cosh_dice,log_cosh_dice_loss", Losses.logCoshDice()),
                Map.entry("mcc,mcc_loss", Losses.mcc()),
                Map.entry("generalised_dice,generalized_dice,generalised_dice_loss", Losses.generalisedDice()),
                Map.entry("wasserstein_dice,wasserstein_dice_loss", Losses.wassersteinDice()),
                Map.entry("categorical_focal,focal,focal_loss,categorical_focal_loss", FOCAL),
                Map.entry("cross_entropy,ce,softmax_cross_entropy", Losses.crossEntropy()),
                Map.entry("sigmoid_cross_entropy,sigmoid_ce,bce_with_logits", Losses.sigmoidCrossEntropy()),
                Map.entry("softmax_focal,softmax_focal_loss", Losses.softmaxFocal()),
                Map.entry("sigmoid_focal,sigmoid_focal_loss", Losses.sigmoidFocal()),
                Map.entry("poly1,poly1_ce,poly1_cross_entropy", Losses.poly1(1)),
                Map.entry("poly1_focal,poly1_focal_loss", Losses.poly1Focal(1)),
                Map.entry("gce,generalised_cross_entropy,generalized_cross_entropy",
                        Losses.generalisedCrossEntropy(0.7)),
                Map.entry("asymmetric_focal,asymmetric_focal_loss", Losses.asymmetricFocal()),
                Map.entry("asymmetric_focal_tversky,asymmetric_focal_tversky_loss", Losses.asymmetricFocalTversky()),
                Map.entry("unified_focal,unified_focal_loss", Losses.unifiedFocal()),
                Map.entry("binary_focal,binary_focal_loss", Losses.binaryFocal()));
        names.forEach((all, loss) -> Arrays.stream(all.split(","))
                .forEach(name -> assertThat(loss(name)).as(name).isEqualTo(loss)));
        assertThat(names.values()).containsExactlyInAnyOrderElementsOf(LossCases.plain());
    }

    @Test
    void knowsEveryNameOfLossesWithPassesOfTheirOwn() {
        Map<String, SegmentationLoss> names = Map.of("lovasz,lovasz_softmax,lovasz_softmax_loss",
                Losses.lovaszSoftmax(), "lovasz_hinge,lovasz_hinge_loss", Losses.lovaszHinge(),
                "top_k,top_k_ce,top_k_cross_entropy", Losses.topKCrossEntropy(0.1),
                "ohem,ohem_ce,ohem_cross_entropy", Losses.ohemCrossEntropy(0.7, 100_000),
                "l1_ace,ace,l1_ace_loss", Losses.l1Ace(), "boundary,boundary_loss", Losses.boundary(),
                "skeleton_recall,skeleton_recall_loss", Losses.skeletonRecall());
        names.forEach((all, loss) -> Arrays.stream(all.split(","))
                .forEach(name -> assertThat(loss(name)).as(name).isEqualTo(loss)));
        assertThat(loss("dice + 0.1*l1_ace(bins=15) + lovasz(exact=false)")).isEqualTo(Losses.dice()
                .plus(Losses.l1Ace().bins(15).times(0.1)).plus(Losses.lovaszSoftmax().exact(false)));
    }

    static Stream<LossCases.Case> cases() {
        return Stream.concat(LossCases.cases(3).stream(), LossCases.separateCases(3).stream());
    }

    /** Every loss with every setting can be said. */
    @ParameterizedTest
    @MethodSource("cases")
    void saysEverySettingOfEachLoss(LossCases.Case each) {
        String settings = each.settings().entrySet().stream()
                .map(setting -> setting.getKey().pythonName() + "=" + setting.getValue())
                .collect(Collectors.joining(", ", "(", ")"));
        assertThat(loss(each.kind().shortNames().get(0) + (each.settings().isEmpty() ? "" : settings)))
                .isEqualTo(each.loss());
    }

    @Test
    void sumsAreThoseOfTheLibrary() {
        LossCases.sums().forEach((name, loss) -> assertThat(loss(name)).as(name).isEqualTo(loss));
    }

    @Test
    void factorsSumsAndParentheses() {
        SegmentationLoss expected = JACCARD.plus(FOCAL.times(2));
        assertThat(loss("jaccard + 2*categorical_focal")).isEqualTo(expected);
        assertThat(loss(" jaccard+categorical_focal * 2.0 ")).isEqualTo(expected);
        assertThat(loss("((jaccard) + (2 * (focal)))")).isEqualTo(expected);
        assertThat(loss("2*(0.5*jaccard + categorical_focal)")).isEqualTo(expected);
        assertThat(loss("jaccard + .5e1*focal*0.4")).isEqualTo(expected);
        assertThat(loss("(1*2)*jaccard")).isEqualTo(JACCARD.times(2));
        assertThat(loss("3*cce_jaccard_loss"))
                .isEqualTo(Losses.categoricalCrossEntropy().times(3).plus(JACCARD.times(3)));
    }

    @Test
    void settings() {
        assertThat(loss("dice(beta=2)")).isEqualTo(Losses.dice().beta(2));
        assertThat(loss("jaccard( smooth = 1 , per_image = true )"))
                .isEqualTo(JACCARD.smooth(1).perImage(true));
        assertThat(loss("2*categorical_focal(gamma=3,alpha=0.5)+dice(per_image=false)"))
                .isEqualTo(FOCAL.gamma(3).alpha(0.5).times(2).plus(Losses.dice()));
    }

    @Test
    void weightsGoToEveryTermThatHasThem() {
        SegmentationLoss loss = LossExpression.of("jaccard + 2*focal + cce_dice_loss", 2)
                .loss(new double[] {0.5, 1.5}, 7);
        assertThat(loss).isEqualTo(JACCARD.classWeights(0.5, 1.5).plus(FOCAL.times(2))
                .plus(Losses.categoricalCrossEntropy().classWeights(0.5, 1.5))
                .plus(Losses.dice().classWeights(0.5, 1.5)).ignoreIndex(7));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "jaccard + foo       | there is no loss foo, at character 11 of \"jaccard + foo\"; known are " + LOSSES,
        "jacard              | there is no loss jacard, did you mean jaccard?, at character 1 of \"jacard\"; known are "
            + LOSSES,
        "dice(bata=1)        | there is no setting bata, did you mean beta?; known are "
            + SETTINGS + ", at character 6 of \"dice(bata=1)\"",
        "dice(beta=1, Beta=2) | beta is given twice, at character 14 of \"dice(beta=1, Beta=2)\"",
        "dice(class_weights=) | there is ) where a number or [ should be, at character 20 of"
            + " \"dice(class_weights=)\"",
        "''                  | it ends where a loss, a number or ( should be, at character 1 of \"\"",
        "jaccard +           | it ends where a loss, a number or ( should be, at character 10 of \"jaccard +\"",
        "+ jaccard           | there is + where a loss, a number or ( should be, at character 1 of \"+ jaccard\"",
        "2 jaccard           | there is jaccard where +, * or the end should be, at character 3 of \"2 jaccard\"",
        "jaccard - dice      | unexpected -, which only the value of a setting may have, at character 9 of"
            + " \"jaccard - dice\"",
        "-1*dice             | unexpected -, which only the value of a setting may have, at character 1 of \"-1*dice\"",
        "dice & dice         | unexpected &, at character 6 of \"dice & dice\"",
        "0*dice + 0*cce      | every factor in \"0*dice + 0*cce\" is 0, so there is nothing to minimise",
        "(jaccard            | it ends where ) should be, at character 9 of \"(jaccard\"",
        "jaccard)            | there is ) where +, * or the end should be, at character 8 of \"jaccard)\"",
        "3                   | \"3\" is a number without a loss",
        "2*3                 | \"2*3\" is a number without a loss",
        "jaccard + 3         | a number cannot be added to a loss, at character 11 of \"jaccard + 3\"",
        "jaccard * dice      | losses cannot be multiplied with each other, at character 11 of \"jaccard * dice\"",
        "1e308*1e308*dice    | a factor in \"1e308*1e308*dice\" is too large",
        "dice(foo=1)         | there is no setting foo; known are " + SETTINGS
            + ", at character 6 of \"dice(foo=1)\"",
        "dice(beta)          | there is ) where = should be, at character 10 of \"dice(beta)\"",
        "dice(beta=true)     | there is true where a number should be, at character 11 of \"dice(beta=true)\"",
        "dice(per_image=1)   | there is 1 where true or false should be, at character 16 of \"dice(per_image=1)\"",
        "dice(beta=1         | it ends where ) should be, at character 12 of \"dice(beta=1\"",
        "dice()              | there is ) where a setting should be, at character 6 of \"dice()\"",
        "dice(beta=0)        | beta is 0.0, but must be above 0 and its square finite, at character 6 of"
            + " \"dice(beta=0)\"",
        "dice(class_groups=[1, 0]) | class_groups is [1.0, 0.0], but must be a list of lists of classes, such as"
            + " [[1, 2], [3]], at character 6 of \"dice(class_groups=[1, 0])\"",
        "dice(class_indexes=-1) | class_indexes holds -1, but a class index is at least 0, at character 6 of"
            + " \"dice(class_indexes=-1)\"",
        "dice(class_weights=[0, 0, 0]) | class_weights [0.0, 0.0, 0.0] sum to 0, at character 6 of"
            + " \"dice(class_weights=[0, 0, 0])\"",
        "bce(class_weights=1) | binary_crossentropy has no class_weights, which is a setting of {weighted}, at"
            + " character 5 of \"bce(class_weights=1)\"",
        "wasserstein_dice(distances=[[0, 1], [1, 0], [1, 1]]) | distances has 3 rows, but 2 numbers in row 0;"
            + " it needs one number for each pair of classes, at character 18 of"
            + " \"wasserstein_dice(distances=[[0, 1], [1, 0], [1, 1]])\"",
        "cce(beta=1)         | categorical_crossentropy has no beta, which is a setting of dice_loss, tversky,"
            + " focal_tversky_loss, at character 5 of \"cce(beta=1)\"",
        "cce_dice_loss(beta=1) | cce_dice_loss is a sum and takes no settings, at character 14 of"
            + " \"cce_dice_loss(beta=1)\""})
    void complainsWithThePlace(String text, String message) {
        assertThatThrownBy(() -> LossExpression.of(text, 3)).isInstanceOf(UserException.class)
                .hasMessage("--loss: " + message.replace("{losses}", Stream.concat(Arrays.stream(LossKind.values())
                        .map(kind -> kind.shortNames().get(0)), LossCases.sums().keySet().stream())
                        .collect(Collectors.joining(", "))).replace("{weighted}", Arrays.stream(LossKind.values())
                        .filter(kind -> kind.has(Setting.CLASS_WEIGHTS)).map(LossKind::lossName)
                        .collect(Collectors.joining(", "))).replace("{settings}", Arrays.stream(Setting.values())
                        .map(Setting::pythonName).collect(Collectors.joining(", "))));
    }

    @Test
    void lettersMayBeLargeOrSmall() {
        assertThat(loss("Jaccard(Per_Image=True, SMOOTH=1) + 2*BCE")).isEqualTo(JACCARD.perImage(true).smooth(1)
                .plus(Losses.binaryCrossEntropy().times(2)));
        assertThat(loss("dice(perImage=False, classWeights=[1,2,3])")).isEqualTo(Losses.dice().perImage(false)
                .classWeights(1, 2, 3));
        assertThat(loss("CCE_Dice_Loss")).isEqualTo(loss("cce_dice_loss"));
    }

    @Test
    void oneNumberIsAListOfOne() {
        assertThat(loss("dice(class_weights=2)")).isEqualTo(Losses.dice().classWeights(2));
        assertThat(loss("dice(class_indexes=1)")).isEqualTo(Losses.dice().classIndexes(1));
        assertThat(LossExpression.of("dice(class_indexes=1)", 3).loss(new double[] {1, 3}, null))
                .isEqualTo(Losses.dice().classIndexes(1).classWeights(3));
    }

    /** In both spellings, with a value of its type. */
    @ParameterizedTest
    @EnumSource(Setting.class)
    void everySettingReachesTheLoss(Setting setting) {
        LossKind kind = Arrays.stream(LossKind.values()).filter(each -> each.has(setting)).findFirst().orElseThrow();
        boolean isWhole = setting == Setting.MIN_KEPT || setting == Setting.BINS;
        boolean isTrueByDefault = EnumSet.of(Setting.ONLY_PRESENT, Setting.EXACT,
                Setting.INCLUDE_BACKGROUND).contains(setting);
        String text = switch (setting.type()) {
            case NUMBER, NUMBER_OR_NUMBERS -> isWhole ? "7" : "0.625";
            case TRUTH -> Boolean.toString(!isTrueByDefault);
            case NUMBERS -> "[0.5, 1, 1.5]";
            case INDEXES -> "[1, 0]";
            case GROUPS -> "[[1, 2], 0]";
            case MATRIX -> "[[0, 1], [2.5, 0]]";
            case CHOICE -> setting.words().get(1);
        };
        Object value = switch (setting.type()) {
            case NUMBER, NUMBER_OR_NUMBERS -> isWhole ? 7 : 0.625;
            case TRUTH -> !isTrueByDefault;
            case NUMBERS -> List.of(0.5, 1.0, 1.5);
            case INDEXES -> List.of(1, 0);
            case GROUPS -> List.of(List.of(1, 2), List.of(0));
            case MATRIX -> List.of(List.of(0, 1), List.of(2.5, 0));
            case CHOICE -> setting.words().get(1);
        };
        SegmentationLoss plain = Losses.named(kind.lossName());
        for (String name : List.of(setting.method(), setting.pythonName(), setting.name())) {
            assertThat(loss(kind.lossName() + "(" + name + "=" + text + ")")).as(name)
                    .isEqualTo(plain.set(setting.method(), value)).isNotEqualTo(plain);
        }
    }

    @Test
    void deepExpressionsAreOneLine() {
        assertThat(loss("(".repeat(100) + "dice" + ")".repeat(100))).isEqualTo(Losses.dice());
        assertThat(loss("(dice) + ".repeat(150) + "(dice)").name()).startsWith("dice_loss_plus_");
        for (int depth : new int[] {101, 3000, 100_000}) {
            assertThatThrownBy(() -> LossExpression.of("(".repeat(depth) + "dice" + ")".repeat(depth), 3))
                    .isInstanceOf(UsageException.class)
                    .hasMessage("--loss: there are more than 100 parentheses in one another");
        }
    }

    /** Estimated weights have the mean 1 over the classes of each term, so that no score can make it negative. */
    @Test
    void estimatedWeightsHaveMeanOneInEachTerm() {
        LossExpression expression = LossExpression.of("jaccard + dice(include_background=false) + skeleton_recall"
                + " + dice(class_indexes=[1])", 3);
        double[] weights = {0.5, 0.5, 2};
        assertThat(expression.loss(weights, true, null)).isEqualTo(JACCARD.classWeights(weights)
                .plus(Losses.dice().includeBackground(false).classWeights(0.4, 1.6))
                .plus(Losses.skeletonRecall().classWeights(0.4, 1.6))
                .plus(Losses.dice().classIndexes(1).classWeights(1)));
        assertThat(expression.loss(weights, false, null)).isEqualTo(JACCARD.classWeights(weights)
                .plus(Losses.dice().includeBackground(false).classWeights(0.5, 2))
                .plus(Losses.skeletonRecall().classWeights(0.5, 2))
                .plus(Losses.dice().classIndexes(1).classWeights(0.5)));
    }

    /** What is written in the expression is not replaced, and class indexes gather the weights of their classes. */
    @Test
    void weightsAreThoseOfTheTermOrOfItsClasses() {
        double[] weights = {0.5, 1, 1.5};
        assertThat(LossExpression.of("jaccard(class_weights=[1, 2, 4]) + 2*cce", 3).loss(weights, null)).isEqualTo(
                JACCARD.classWeights(1, 2, 4).plus(Losses.categoricalCrossEntropy().classWeights(weights).times(2)));
        assertThat(LossExpression.of("3*dice(class_indexes=[2, 0, 2]) + focal(class_indexes=[1])", 3)
                .loss(weights, null))
                .isEqualTo(Losses.dice().classIndexes(2, 0, 2).classWeights(1.5, 0.5, 1.5).times(3)
                        .plus(FOCAL.classIndexes(1)));
        assertThatThrownBy(() -> LossExpression.of("dice(class_indexes=[0, 3])", 3).loss(weights, null))
                .isInstanceOf(UserException.class)
                .hasMessage("--loss: class_indexes holds 3, but there are only 3 classes");
        assertThatThrownBy(() -> LossExpression.of("dice(class_indexes=[0])", 3).loss(new double[] {0, 1, 1}, null))
                .isInstanceOf(UserException.class).hasMessageContaining("dice_loss").hasMessageContaining("sum to 0");
    }

    /** They go to the parameter that the library has for them; what was written there stays. */
    @Test
    void weightsReachLossesOfOtherLibraries() {
        double[] weights = {0.5, 1, 1.5};
        Map<String, SegmentationLoss> calls = new LinkedHashMap<>();
        calls.put("monai.DiceLoss(softmax=True)",
                Compat.MONAI_1_5.loss("DiceLoss(softmax=True, weight=[0.5, 1, 1.5])"));
        calls.put("monai.DiceCELoss(softmax=True)",
                Compat.MONAI_1_5.loss("DiceCELoss(softmax=True, weight=[0.5, 1, 1.5])"));
        calls.put("monai.FocalLoss(include_background=False)",
                Compat.MONAI_1_5.loss("FocalLoss(include_background=False, weight=[1, 1.5])"));
        calls.put("torch.CrossEntropyLoss()", Compat.TORCH.loss("CrossEntropyLoss(weight=[0.5, 1, 1.5])"));
        calls.put("nnunet_2.DC_and_CE_loss(soft_dice_kwargs={}, ce_kwargs={})", Compat.NNUNET_2.loss(
                "DC_and_CE_loss(soft_dice_kwargs={}, ce_kwargs={\"weight\": [0.5, 1, 1.5]})"));
        calls.put("smp_0_5_1.DiceLoss(mode=\"multiclass\", classes=[2, 0])",
                Compat.SMP_0_5_1.loss("DiceLoss(mode=\"multiclass\", classes=[2, 0], class_weights=[0.5, 1, 1.5])"));
        calls.put("sm.JaccardLoss(class_indexes=[2, 0])",
                Compat.SEGMENTATION_MODELS.loss("JaccardLoss(class_indexes=[2, 0], class_weights=[1.5, 0.5])"));
        calls.forEach((text, loss) -> {
            LossExpression expression = LossExpression.of("2*" + text + " + dice", 3);
            assertThat(expression.loss(weights, null)).as(text)
                    .isEqualTo(loss.times(2).plus(Losses.dice().classWeights(weights)))
                    .isNotEqualTo(expression.loss(null, null));
            assertThat(expression.unweighted(weights)).isEmpty();
            assertThat(Compat.weighted(text, weights)).isEqualTo(loss);
        });
    }

    @Test
    void saysWhichTermsTakeNoWeights() {
        double[] weights = {0.5, 1.5};
        LossExpression expression = LossExpression.of("jaccard + focal + 2*binary_focal + dice(class_weights=[1, 2])"
                + " + torch.CrossEntropyLoss(weight=[3, 4]) + smp_0_3.DiceLoss(mode=\"multiclass\")"
                + " + monai.DiceLoss(softmax=True, include_background=False) + dice(class_groups=[[0, 1]])", 2);
        assertThat(expression.unweighted(weights)).containsExactly("focal_loss, which has no class weights",
                "binary_focal_loss, which has no class weights", "dice_loss, which has class weights of its own",
                "torch.CrossEntropyLoss, which has class weights of its own",
                "smp_0_3.DiceLoss, which has no class weights", "monai_1_5.DiceLoss, which has no class weights",
                "dice_loss, which weighs groups of classes");
        assertThat(expression.loss(weights, null)).isEqualTo(LossExpression.of(expression.text()
                .replace("jaccard", "jaccard(class_weights=[0.5, 1.5])"), 2).loss(null, null));
        assertThat(expression.isUnweighted(weights)).isFalse();
        assertThat(LossExpression.of("focal + bce", 3).isUnweighted(weights)).isTrue();
        assertThat(LossExpression.of("dice + torch.CrossEntropyLoss()", 3).keepingPresets().loss(weights, null))
                .isEqualTo(Losses.dice().classWeights(weights).plus(Compat.TORCH.loss("CrossEntropyLoss()")));
        assertThatThrownBy(() -> Compat.weighted("torch.BCELoss(weight=[1, 2])", weights))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("torch.BCELoss has class weights of its own");
        assertThatThrownBy(() -> Compat.weighted("monai.AsymmetricFocalLoss()", weights))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("monai_1_5.AsymmetricFocalLoss has no class weights");
        assertThatThrownBy(() -> Compat.weighted("sm.DiceLoss(class_indexes=[2])", weights))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("among 2 classes");
    }

    @Test
    void wordsMayStandInQuotes() {
        SegmentationLoss logits = Losses.binaryCrossEntropy().form(KerasForm.LOGITS);
        for (String text : new String[] {"bce(form=logits)", "bce(form=\"logits\")", "bce(form='LOGITS')"}) {
            assertThat(LossExpression.of(text, 3).loss(null, null)).isEqualTo(logits);
        }
    }

    @Test
    void knowsThePrefixByWhichPeopleImportSegmentationModels() {
        assertThat(LossExpression.of("sm.losses.DiceLoss(beta=2)", 3).loss(null, null))
                .isEqualTo(Compat.SEGMENTATION_MODELS.loss("DiceLoss(beta=2)"));
    }

    /** Before a loss is made with them, which may warn of their mean. */
    @Test
    void saysHowManyClassWeightsThereMustBe() {
        assertThatThrownBy(() -> LossExpression.of("jaccard + dice(class_weights=[1, 2, 3], smooth=1)", 2))
                .isInstanceOf(UserException.class).hasMessage("--loss: class_weights has 3 values, but there are 2"
                        + " classes, at character 16 of \"jaccard + dice(class_weights=[1, 2, 3], smooth=1)\"");
        for (String text : List.of("dice(class_weights=[1, 1])", "dice(class_weights=1)",
                "dice(class_weights=[1, 1, 1], class_indexes=[0, 1, 0])",
                "dice(class_weights=[1], class_groups=[[0, 1]])",
                "dice(class_weights=[1], include_background=false)", "skeleton_recall(class_weights=[1])")) {
            assertThat(LossExpression.of(text, 2).terms()).as(text).hasSize(1);
        }
    }
}
