package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every example of the README, the documentation and the first page of the Javadoc compiles as it stands there. It is a
 * fenced block of {@code java}, or a code block of Javadoc. What is not meant to compile has another language behind
 * the fence.
 */
class DocumentationExamplesTest {

    private static final Pattern FENCED = Pattern.compile("(?m)^( *)```java[^\n]*\n(.*?)^ *```", Pattern.DOTALL);
    private static final Pattern JAVADOC = Pattern.compile("(?m)^( *)<pre>\\{@code\n(.*?)^ *}</pre>", Pattern.DOTALL);
    private static final Pattern TYPE = Pattern.compile(
            "(?m)^(public |final |abstract )*(class|record|interface|enum) (\\w+)");

    /** The first page of the Javadoc. */
    private static final Path OVERVIEW = Path.of("src", "main", "javadoc", "overview.html");

    /** What a reader who copies an example has imported, unless the example imports itself. */
    private static final String IMPORTS = Stream.of(
            "java.nio.file.*",
            "java.util.*",
            "org.deeplearning4j.datasets.iterator.*",
            "org.deeplearning4j.nn.conf.*",
            "org.deeplearning4j.nn.conf.inputs.InputType",
            "org.deeplearning4j.nn.conf.layers.*",
            "org.deeplearning4j.nn.graph.ComputationGraph",
            "org.deeplearning4j.nn.multilayer.MultiLayerNetwork",
            "org.deeplearning4j.nn.transferlearning.*",
            "org.nd4j.linalg.activations.Activation",
            "org.nd4j.linalg.api.buffer.DataType",
            "org.nd4j.linalg.api.ndarray.INDArray",
            "org.nd4j.linalg.dataset.DataSet",
            "org.nd4j.linalg.dataset.api.iterator.DataSetIterator",
            "org.nd4j.linalg.factory.Nd4j",
            "org.nd4j.linalg.learning.config.Adam",
            "org.segloss4j.*",
            "org.segloss4j.data.*",
            "org.segloss4j.dl4j.*",
            "org.segloss4j.evaluation.*",
            "org.segloss4j.weights.*")
            .map(name -> "import " + name + ";\n").collect(Collectors.joining());

    /** What examples speak of without declaring it. */
    private static final String NAMES = """
            INDArray images, masks, labels, logits, probabilities, predictions, mask, features;
            DataSetIterator train, validation, test;
            DataSet data;
            MultiLayerNetwork net, network;
            ComputationGraph graph, imported;
            SegmentationLoss loss;
            SegmentationBatch batch;
            SegmentationEvaluation evaluation;
            ClassCounts counts;
            ClassSums sums;
            LossResult result;
            double[] weights;
            Path maskFolder, imageFolder, folder;
            int height, width, classes;
            """;

    /** An example and where it stands. */
    private record Example(Path file, int line, String code) {

        @Override
        public String toString() {
            return file + ":" + line;
        }

        /** The whole file that is compiled: as it is, if it has a type of its own, else in a method. */
        String source() {
            String imports = code.lines().filter(l -> l.startsWith("import ")).collect(Collectors.joining("\n"));
            String body = code.lines().map(l -> l.startsWith("import ") || l.startsWith("package ") ? "" : l)
                    .collect(Collectors.joining("\n"));
            if (TYPE.matcher(code).find()) {
                return imports + "\n" + IMPORTS
                        + body.replaceAll("(?m)^public (?=(final |abstract )*(class|record))", "");
            }
            return imports + "\n" + IMPORTS + "class Example {\n" + NAMES + "void example() throws Exception {\n" + body
                    + "\n}\n}\n";
        }
    }

    static List<Example> examples() throws IOException {
        List<Path> files = new ArrayList<>(List.of(Path.of("README.md"), OVERVIEW));
        try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(files::add);
        }
        List<Example> examples = new ArrayList<>();
        for (Path file : files) {
            String text = Files.readString(file);
            Matcher block = (file.equals(OVERVIEW) ? JAVADOC : FENCED).matcher(text);
            while (block.find()) {
                int line = (int) text.substring(0, block.start()).lines().count() + 1;
                examples.add(new Example(file, line, block.group(2).replaceAll("(?m)^" + block.group(1), "")));
            }
        }
        return examples;
    }

    @ParameterizedTest
    @MethodSource("examples")
    void compiles(Example example) throws IOException {
        assertThat(errors(example)).as("%s:%n%s", example, example.code()).isEmpty();
    }

    /** That the test would notice a name that is gone. */
    @Test
    void whatDoesNotCompileIsNoticed() throws IOException {
        assertThat(examples()).extracting(Example::file).contains(Path.of("README.md"), OVERVIEW);
        assertThat(errors(new Example(Path.of("none"), 1, "double v = Losses.dices().value(batch);"))).hasSize(1);
        assertThat(errors(new Example(Path.of("none"), 1, "double v = Losses.dice().value(batch);"))).isEmpty();
        assertThat(errors(new Example(Path.of("none"), 1, """
                import java.util.function.Supplier;

                public class Mine {
                    Supplier<SegmentationLoss> loss = Losses::dice;
                }
                """))).isEmpty();
    }

    private static List<String> errors(Example example) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        JavaFileObject source = new SimpleJavaFileObject(URI.create("string:///Example.java"),
                JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return example.source();
            }
        };
        Path out = Files.createDirectories(Path.of("target", "documentation-examples"));
        compiler.getTask(null, null, found, List.of("-proc:none", "-implicit:none", "-d", out.toString(), "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))), null,
                List.of(source)).call();
        return found.getDiagnostics().stream().filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                .map(d -> d.getMessage(null)).toList();
    }
}
