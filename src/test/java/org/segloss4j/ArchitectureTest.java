package org.segloss4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Layers point one way: cli, dl4j → root → image, nd4j, cpu, cuda → backend → math. */
@AnalyzeClasses(packages = "org.segloss4j", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule LAYERS_POINT_ONE_WAY = slices().matching("org.segloss4j.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule MATH_STANDS_ALONE = noClasses().that().resideInAPackage("org.segloss4j.math..")
            .should().dependOnClassesThat().resideOutsideOfPackages("org.segloss4j.math..", "java..");

    @ArchTest
    static final ArchRule BACKENDS_KNOW_NO_ARRAY_LIBRARY = noClasses()
            .that().resideInAnyPackage("org.segloss4j.backend..", "org.segloss4j.cpu..", "org.segloss4j.cuda..")
            .should().dependOnClassesThat().resideInAnyPackage("org.nd4j..", "org.deeplearning4j..");

    @ArchTest
    static final ArchRule BACKENDS_KNOW_NO_FRONT = noClasses()
            .that().resideInAnyPackage("org.segloss4j.backend..", "org.segloss4j.cpu..", "org.segloss4j.cuda..",
                    "org.segloss4j.nd4j..", "org.segloss4j.math..")
            .should().dependOnClassesThat().resideInAnyPackage("org.segloss4j", "org.segloss4j.dl4j..",
                    "org.segloss4j.cli..");

    @ArchTest
    static final ArchRule ONLY_DL4J_KNOWS_DL4J = noClasses()
            .that().resideOutsideOfPackages("org.segloss4j.dl4j..", "org.segloss4j.cli..")
            .should().dependOnClassesThat().resideInAPackage("org.deeplearning4j..");

    @ArchTest
    static final ArchRule ROOT_KNOWS_NO_FRONT = noClasses().that().resideInAPackage("org.segloss4j")
            .should().dependOnClassesThat().resideInAnyPackage("org.segloss4j.dl4j..", "org.segloss4j.cli..");

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_KNOWS_OPTIONAL_LIBRARIES = noClasses()
            .that().resideOutsideOfPackage("org.segloss4j.cli..")
            .should().dependOnClassesThat().resideInAnyPackage("picocli..", "me.tongfei..", "org.knowm..",
                    "org.apache.commons.csv..");

    /** Users of the library need not have JCuda: these are loaded where its absence is expected. */
    @ArchTest
    static final ArchRule THREE_CLASSES_KNOW_JCUDA = noClasses()
            .that().doNotHaveFullyQualifiedName("org.segloss4j.internal.cuda.driver.JCudaDriverCalls")
            .and().doNotHaveFullyQualifiedName("org.segloss4j.internal.cuda.driver.JCudaDriverCalls$Arguments")
            .and().doNotHaveFullyQualifiedName("org.segloss4j.internal.cuda.compile.JCudaNatives")
            .and().doNotHaveFullyQualifiedName("org.segloss4j.internal.cuda.compile.NvrtcCompiler")
            .should().dependOnClassesThat().resideInAPackage("jcuda..");

    /** Users of the library need not have nd4j-cuda: its class is loaded by name where ND4J runs on it. */
    @ArchTest
    static final ArchRule ONE_CLASS_KNOWS_THE_ARRAYS_OF_CUDA = noClasses()
            .that().haveNameNotMatching("org\\.segloss4j\\.nd4j\\.CudaArrayMemory(\\$.*)?")
            .should().dependOnClassesThat().resideInAnyPackage("org.nd4j.jita..", "org.nd4j.linalg.jcublas..")
            .orShould().dependOnClassesThat().haveFullyQualifiedName("org.segloss4j.internal.nd4j.CudaArrayMemory");

    /** Users of the library need not have the import of Keras models. */
    @ArchTest
    static final ArchRule ONLY_ITS_REGISTRATION_KNOWS_THE_KERAS_IMPORT = noClasses()
            .that().doNotHaveFullyQualifiedName("org.segloss4j.dl4j.KerasLosses")
            .should().dependOnClassesThat().resideInAPackage("org.deeplearning4j.nn.modelimport..")
            .orShould().dependOnClassesThat().haveFullyQualifiedName("org.segloss4j.dl4j.KerasLosses");
}
