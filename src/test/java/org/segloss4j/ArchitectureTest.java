package org.segloss4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.HasModifiers;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashSet;
import java.util.Set;

/**
 * Layers point one way: cli, dl4j → root, weights, evaluation, data → internal.loss → internal.nd4j, cpu, cuda →
 * internal.backend → internal.math. What users see names nothing internal.
 */
@AnalyzeClasses(packages = "org.segloss4j", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String INTERNAL = "org.segloss4j.internal..";
    private static final String[] API = {"org.segloss4j", "org.segloss4j.weights..", "org.segloss4j.evaluation..",
        "org.segloss4j.data..", "org.segloss4j.dl4j..", "org.segloss4j.replicas.."};

    @ArchTest
    static final ArchRule ROOMS_HAVE_NO_CYCLES = slices().matching("org.segloss4j.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule INTERNAL_ROOMS_HAVE_NO_CYCLES =
            slices().matching("org.segloss4j.internal.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ROOMS_OF_CUDA_HAVE_NO_CYCLES =
            slices().matching("org.segloss4j.internal.cuda.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ROOMS_OF_THE_COMMAND_LINE_HAVE_NO_CYCLES =
            slices().matching("org.segloss4j.cli.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule INTERNAL_KNOWS_NO_API = noClasses().that().resideInAPackage(INTERNAL)
            .should().dependOnClassesThat().resideInAnyPackage(API)
            .orShould().dependOnClassesThat().resideInAPackage("org.segloss4j.cli..");

    @ArchTest
    static final ArchRule API_NAMES_NOTHING_INTERNAL = classes().that().resideInAnyPackage(API)
            .and(visible()).should(nameNothingInternal());

    @ArchTest
    static final ArchRule MATH_STANDS_ALONE = noClasses().that().resideInAPackage("org.segloss4j.internal.math..")
            .should().dependOnClassesThat().resideOutsideOfPackages("org.segloss4j.internal.math..", "java..");

    @ArchTest
    static final ArchRule MORPHOLOGY_STANDS_ALONE = noClasses()
            .that().resideInAPackage("org.segloss4j.internal.morphology..")
            .should().dependOnClassesThat()
            .resideOutsideOfPackages("org.segloss4j.internal.morphology..", "java..");

    @ArchTest
    static final ArchRule BACKENDS_KNOW_NO_ARRAY_LIBRARY = noClasses()
            .that().resideInAnyPackage("org.segloss4j.internal.backend..", "org.segloss4j.internal.cpu..",
                    "org.segloss4j.internal.cuda..")
            .should().dependOnClassesThat().resideInAnyPackage("org.nd4j..", "org.deeplearning4j..");

    @ArchTest
    static final ArchRule BACKENDS_KNOW_NO_CATALOGUE = noClasses()
            .that().resideInAnyPackage("org.segloss4j.internal.backend..", "org.segloss4j.internal.cpu..",
                    "org.segloss4j.internal.cuda..", "org.segloss4j.internal.nd4j..", "org.segloss4j.internal.math..")
            .should().dependOnClassesThat().resideInAPackage("org.segloss4j.internal.loss..");

    @ArchTest
    static final ArchRule ONLY_DL4J_KNOWS_DL4J = noClasses()
            .that().resideOutsideOfPackages("org.segloss4j.dl4j..", "org.segloss4j.cli..")
            .should().dependOnClassesThat().resideInAPackage("org.deeplearning4j..");

    @ArchTest
    static final ArchRule LOSSES_KNOW_NO_FRONT = noClasses()
            .that().resideInAnyPackage("org.segloss4j", "org.segloss4j.weights..", "org.segloss4j.evaluation..",
                    "org.segloss4j.data..")
            .should().dependOnClassesThat().resideInAnyPackage("org.segloss4j.dl4j..", "org.segloss4j.cli..");

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_KNOWS_OPTIONAL_LIBRARIES = noClasses()
            .that().resideOutsideOfPackage("org.segloss4j.cli..")
            .should().dependOnClassesThat().resideInAnyPackage("picocli..", "me.tongfei..", "org.knowm..",
                    "org.apache.commons.csv..");

    /** Only those who submit to a cluster have Spark, Scala and Hadoop. */
    @ArchTest
    static final ArchRule ONE_PACKAGE_KNOWS_SPARK = noClasses()
            .that().resideOutsideOfPackage("org.segloss4j.cli.spark..")
            .should().dependOnClassesThat().resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..");

    /** Users of the library need not have JCuda: these are loaded where its absence is expected. */
    @ArchTest
    static final ArchRule FEW_CLASSES_KNOW_JCUDA = noClasses()
            .that().haveNameNotMatching("org\\.segloss4j\\.internal\\.cuda\\."
                    + "(driver\\.JCudaDriverCalls(\\$Arguments)?|compile\\.JCuda(Natives|Handles|Nvrtc))")
            .should().dependOnClassesThat().resideInAPackage("jcuda..");

    /** Older JDKs lack it: these classes are compiled for newer ones only. */
    @ArchTest
    static final ArchRule FEW_CLASSES_KNOW_JAVA_LANG_FOREIGN = noClasses()
            .that().resideOutsideOfPackage("org.segloss4j.internal.cuda.foreign..")
            .should().dependOnClassesThat().resideInAPackage("java.lang.foreign..");

    /** A jar for several JDKs must have the same public classes for all of them. */
    @ArchTest
    static final ArchRule CLASSES_OF_NEWER_JDKS_ARE_HIDDEN = noClasses()
            .that().resideInAPackage("org.segloss4j.internal.cuda.foreign..").should().bePublic()
            .allowEmptyShould(true);

    /** Whatever a plug-in throws or warns of becomes one line there. */
    @ArchTest
    static final ArchRule ONE_PACKAGE_KNOWS_IMAGE_PLUGINS = noClasses()
            .that().resideOutsideOfPackage("org.segloss4j.internal.imageio..")
            .should().dependOnClassesThat().resideInAPackage("com.twelvemonkeys..");

    /** Users of the library need not have nd4j-cuda: its class is loaded by name where ND4J runs on it. */
    @ArchTest
    static final ArchRule ONE_CLASS_KNOWS_THE_ARRAYS_OF_CUDA = noClasses()
            .that().haveNameNotMatching("org\\.segloss4j\\.internal\\.nd4j\\.CudaArrayMemory(\\$.*)?")
            .should().dependOnClassesThat().resideInAnyPackage("org.nd4j.jita..", "org.nd4j.linalg.jcublas..")
            .orShould().dependOnClassesThat()
            .haveFullyQualifiedName("org.segloss4j.internal.nd4j.CudaArrayMemory");

    /** Users of the library need not have the import of Keras models. */
    @ArchTest
    static final ArchRule ONLY_ITS_REGISTRATION_KNOWS_THE_KERAS_IMPORT = noClasses()
            .that().doNotHaveFullyQualifiedName("org.segloss4j.dl4j.KerasLosses")
            .should().dependOnClassesThat().resideInAPackage("org.deeplearning4j.nn.modelimport..")
            .orShould().dependOnClassesThat().haveFullyQualifiedName("org.segloss4j.dl4j.KerasLosses");

    /** Users of the library need not have DL4J's ParallelWrapper. */
    @ArchTest
    static final ArchRule ONLY_ITS_FACTORY_KNOWS_THE_PARALLEL_WRAPPER = noClasses()
            .that().haveNameNotMatching("org\\.segloss4j\\.dl4j\\.ExactAveraging(\\$.*)?")
            .should().dependOnClassesThat().resideInAPackage("org.deeplearning4j.parallelism..")
            .orShould().dependOnClassesThat().haveNameMatching("org\\.segloss4j\\.dl4j\\.ExactAveraging(\\$.*)?");

    /** Kryo, which Spark can be told to use, knows no stand-ins: it would leave out all that they hold. */
    @ArchTest
    static final ArchRule WHAT_JAVA_WRITES_BY_A_STAND_IN_IS_NOT_FOR_KRYO = classes()
            .that(have("writeReplace")).should().beAnnotatedWith(DefaultSerializer.class);

    private static DescribedPredicate<JavaClass> have(String method) {
        return DescribedPredicate.describe("have " + method,
                type -> type.getMethods().stream().anyMatch(own -> own.getName().equals(method)));
    }

    private static DescribedPredicate<JavaClass> visible() {
        return DescribedPredicate.describe("visible to users", ArchitectureTest::isVisible);
    }

    private static boolean isVisible(JavaClass type) {
        return isVisible((HasModifiers) type)
                && type.getEnclosingClass().map(ArchitectureTest::isVisible).orElse(true);
    }

    private static boolean isVisible(HasModifiers member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC)
                || member.getModifiers().contains(JavaModifier.PROTECTED);
    }

    private static ArchCondition<JavaClass> nameNothingInternal() {
        return new ArchCondition<>("name nothing internal in what users see of them") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getRawSuperclass().ifPresent(parent -> report(type, "its superclass", Set.of(parent), events));
                report(type, "an interface", new HashSet<>(type.getRawInterfaces()), events);
                for (JavaMember member : type.getMembers()) {
                    if (isVisible(member)) {
                        report(type, member.getFullName(), named(member), events);
                    }
                }
            }
        };
    }

    private static Set<JavaClass> named(JavaMember member) {
        Set<JavaClass> named = new HashSet<>();
        if (member instanceof JavaField field) {
            named.addAll(field.getType().getAllInvolvedRawTypes());
        } else if (member instanceof JavaCodeUnit code) {
            named.addAll(code.getReturnType().getAllInvolvedRawTypes());
            code.getParameterTypes().forEach(type -> named.addAll(type.getAllInvolvedRawTypes()));
            named.addAll(code.getExceptionTypes());
        }
        return named;
    }

    private static void report(JavaClass type, String where, Set<JavaClass> named, ConditionEvents events) {
        for (JavaClass other : named) {
            if (other.getPackageName().startsWith("org.segloss4j.internal")) {
                events.add(SimpleConditionEvent.violated(type, where + " names " + other.getName()));
            }
        }
    }
}
