package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.ForkedJvm;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.CudaAvailability;

/** Who calls the driver and NVRTC: JCuda, unless it cannot or shall not. */
class BindingTest {

    private static final String OLD = "java.lang.foreign, which needs no native code, needs JDK 22 or newer, and this"
            + " is 17";

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
            "auto    | -             | -   | false | JCuda, the default",
            "auto    | -             | old | false | JCuda, the default",
            "auto    | there is none | -   | true  | java.lang.foreign, since there is none",
            "auto    | there is none | old | false | JCuda, although there is none; old",
            "jcuda   | there is none | -   | false | JCuda, forced by -Dsegloss4j.cuda.binding",
            "foreign | -             | -   | true  | java.lang.foreign, forced by -Dsegloss4j.cuda.binding",
            "FOREIGN | -             | old | true  | java.lang.foreign, forced by -Dsegloss4j.cuda.binding"})
    void settingThenJCudaThenForeign(String setting, String jcuda, String foreign, boolean chosen, String text) {
        Binding binding = Binding.of(setting, jcuda, foreign);
        assertThat(binding.foreign()).isEqualTo(chosen);
        assertThat(binding).hasToString(text);
    }

    @Test
    void otherSettingsAreRefused() {
        assertThatThrownBy(() -> Binding.of("jni", null, null)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("-Dsegloss4j.cuda.binding is jni, but must be auto, jcuda or foreign");
    }

    @Test
    void errorsSayWhatIsMissing() {
        Supplier<Object> missing = () -> {
            throw new NoClassDefFoundError("jcuda/LibUtils");
        };
        assertThatThrownBy(() -> Binding.of("auto", "there is none", OLD).open(Object.class, missing, "ForeignDriver"))
                .isInstanceOf(LinkageError.class)
                .hasMessage("JCuda is not on the class path (jcuda.LibUtils); " + OLD);
        assertThatThrownBy(() -> Binding.of("jcuda", "there is none", OLD).open(Object.class, missing, "ForeignDriver"))
                .isInstanceOf(NoClassDefFoundError.class);
        assertThatThrownBy(() -> Binding.of("foreign", null, OLD).open(Object.class, Object::new, "ForeignDriver"))
                .isInstanceOf(LinkageError.class).hasMessage(OLD);
    }

    @Test
    void oldJdksAndBuildsOfOldJdksHaveNoForeign() throws Exception {
        assertThat(ForeignClasses.lacking(17, getClass().getClassLoader())).isEqualTo(OLD);
        try (URLClassLoader empty = new URLClassLoader(new URL[0], null)) {
            assertThat(ForeignClasses.lacking(25, empty)).isEqualTo("java.lang.foreign cannot be used, since this build"
                    + " of SegLoss4J was made by a JDK before 22");
        }
    }

    /** Tools that make one jar of many keep the classes, but not always the line of the manifest. */
    @Test
    void aJarThatDoesNotSayItHasClassesOfNewerJdksIsTold(@TempDir Path dir) throws Exception {
        Path folder = Files.createDirectories(
                dir.resolve("META-INF/versions/22/org/segloss4j/internal/cuda/foreign"));
        Files.createFile(folder.resolve("ForeignDriver.class"));
        try (URLClassLoader packed = new URLClassLoader(new URL[] {dir.toUri().toURL()}, null)) {
            assertThat(ForeignClasses.lacking(25, packed)).isEqualTo("java.lang.foreign cannot be used, since the"
                    + " manifest of the jar that holds SegLoss4J lacks the line Multi-Release: true");
        }
    }

    /** As on ARM, for which JCuda has no native code. */
    @Test
    void withoutNativesOfJCudaTheReasonIsTold() throws Exception {
        String said = new ForkedJvm(Map.of(), ForkedJvm.without("jcuda-natives"), Report.class).result();
        if (ForeignBinding.isHere()) {
            assertThat(said).containsPattern("\ndriver called through: java.lang.foreign, since there is no"
                    + " libJCudaDriver-[^ ]+ on the class path\n");
        } else {
            assertThat(said).containsPattern("\ndriver called through: JCuda, although there is no libJCudaDriver-[^ ]+"
                    + " on the class path; " + OLD.replace("17", "\\d+\n"));
        }
    }

    @Test
    void forcedBindingThatIsNotHereIsTheCause() throws Exception {
        String said = new ForkedJvm(Map.of(), List.of("-Dsegloss4j.cuda.binding=foreign"), Report.class).result();
        String cause = ForeignClasses.lacking();
        assertThat(said).contains("\ndriver called through: java.lang.foreign, forced by -Dsegloss4j.cuda.binding\n");
        if (cause != null) {
            assertThat(said).contains("cuda: not available: no CUDA driver: " + cause + "\n",
                    "\ncompiler nvrtc: not available: " + cause + "\n");
        }
    }

    /** Where Java code may not call native code unless it is allowed to. */
    @Test
    void nativeAccessThatIsDeniedIsTheCause() throws Exception {
        ForeignBinding.require();
        Need.present("JDK 24, which can deny native access", Runtime.version().feature() >= 24 ? null : "it is older");
        // Not a ForkedJvm, which allows it.
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "-Xmx256m", "-XX:TieredStopAtLevel=1", "--illegal-native-access=deny",
                "-Dsegloss4j.cuda.binding=foreign"));
        command.addAll(ForkedJvm.without("no library"));
        command.add(Report.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).contains("cuda: not available: no CUDA driver: native code may not be called: ",
                "; allow it by --enable-native-access=ALL-UNNAMED\n");
    }

    /** What the command {@code info} says of CUDA. */
    static final class Report {

        private Report() {
        }

        public static void main(String[] args) {
            CudaAvailability.report().forEach(System.out::println);
        }
    }
}
