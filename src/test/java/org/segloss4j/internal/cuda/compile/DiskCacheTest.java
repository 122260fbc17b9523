package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.cuda.CountingCompiler;

class DiskCacheTest {

    private static final KernelText KERNEL = new KernelText("text", List.of("A=1"), "kernel");

    @TempDir
    private Path folder;

    private final CountingCompiler compiler = new CountingCompiler("maker", "1.2");

    /** As a new process does it. */
    private KernelImage compile(KernelText kernel, KernelCompiler with) {
        return compile(kernel, with, folder);
    }

    private static KernelImage compile(KernelText kernel, KernelCompiler with, Path folder) {
        return new CompileLadder(List.of(CompileLadder.Rung.of(with)), new DiskCache(folder))
                .compile(kernel, Target.cubin(90));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void missThenHit() throws IOException {
        KernelImage first = compile(KERNEL, compiler);
        KernelImage second = compile(KERNEL, compiler);
        assertThat(compiler.compiled).hasValue(1);
        assertThat(second.bytes()).isEqualTo(first.bytes()).isEqualTo(compiler.code(KERNEL, Target.cubin(90)));
        assertThat(second.target()).isEqualTo(Target.cubin(90));
        assertThat(second.origin()).isEqualTo("maker 1.2, from the cache");
        assertThat(files()).singleElement().satisfies(file -> assertThat(file.getFileName().toString())
                .matches("kernel-sm_90-[0-9a-f]{16}-maker_1\\.2\\.cubin"));
    }

    @Test
    void everythingThatMakesTheCodeIsInTheKey() throws IOException {
        compile(KERNEL, compiler);
        List<KernelText> others = List.of(new KernelText("text of a changed header", List.of("A=1"), "kernel"),
                new KernelText("text", List.of("A=2"), "kernel"), new KernelText("text", List.of("A=1"), "other"));
        others.forEach(other -> compile(other, compiler));
        assertThat(compiler.compiled).hasValue(4);
        new CompileLadder(List.of(CompileLadder.Rung.of(compiler)), new DiskCache(folder))
                .compile(KERNEL, Target.ptx(90));
        assertThat(compiler.compiled).hasValue(5);
        assertThat(files()).hasSize(5);
    }

    @Test
    void twoCompilersHaveTheirOwnFiles() throws IOException {
        CountingCompiler newer = new CountingCompiler("maker", "1.3");
        CountingCompiler other = new CountingCompiler("other", "1.2");
        for (CountingCompiler each : List.of(compiler, newer, other, compiler, newer, other)) {
            assertThat(compile(KERNEL, each).bytes()).isEqualTo(each.code(KERNEL, Target.cubin(90)));
        }
        assertThat(List.of(compiler, newer, other)).allSatisfy(each -> assertThat(each.compiled).hasValue(1));
        assertThat(files()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty", "cut", "flipped", "other kernel", "no trailer"})
    void damagedFileIsAMissAndReplaced(String damage) throws IOException {
        compile(KERNEL, compiler);
        Path file = files().get(0);
        byte[] whole = Files.readAllBytes(file);
        byte[] bad = switch (damage) {
            case "empty" -> new byte[0];
            case "cut" -> Arrays.copyOf(whole, whole.length / 2);
            case "no trailer" -> compiler.code(KERNEL, Target.cubin(90));
            case "other kernel" -> {
                Path elsewhere = Files.createDirectory(folder.resolveSibling(folder.getFileName() + "-other"));
                compile(new KernelText("other text", List.of("A=1"), "kernel"), compiler, elsewhere);
                compiler.compiled.decrementAndGet();
                try (Stream<Path> others = Files.list(elsewhere)) {
                    yield Files.readAllBytes(others.findFirst().orElseThrow());
                }
            }
            default -> {
                byte[] flipped = whole.clone();
                flipped[100] ^= 1;
                yield flipped;
            }
        };
        Files.write(file, bad);
        assertThat(compile(KERNEL, compiler).bytes()).isEqualTo(compiler.code(KERNEL, Target.cubin(90)));
        assertThat(compiler.compiled).hasValue(2);
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
        assertThat(files()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"below a file", "/proc/segloss4j"})
    void unwritableFolderIsOneWarning(String where) throws IOException {
        Path blocked = where.startsWith("/") ? Path.of(where)
                : Files.createFile(folder.resolve("file")).resolve("cache");
        CompileLadder ladder = new CompileLadder(List.of(CompileLadder.Rung.of(compiler)), new DiskCache(blocked));
        List<String> said = said(() -> {
            for (int k = 0; k < 3; k++) {
                assertThat(ladder.compile(KERNEL, Target.cubin(90)).bytes())
                        .isEqualTo(compiler.code(KERNEL, Target.cubin(90)));
            }
        });
        assertThat(compiler.compiled).hasValue(3);
        assertThat(said).singleElement().asString()
                .contains("kernels are compiled anew in every process, because " + blocked + " cannot be written: ")
                .endsWith("; set -Dsegloss4j.cache");
    }

    @Test
    void machineWithoutCompilerUsesWhatOthersMade() throws IOException {
        compile(KERNEL, new CountingCompiler("maker", "1.2"));
        compile(KERNEL, new CountingCompiler("maker", "1.3"));
        DiskCache cache = new DiskCache(folder);
        CompileLadder ladder = new CompileLadder(List.of(CompileLadder.Rung.missing("maker", "it is gone"),
                CompileLadder.Rung.of(new CachedByOthers(cache))), cache);
        assertThat(ladder.<String>load(KERNEL, 90, KernelImage::origin)).isEqualTo("maker 1.3, from the cache");
        Files.write(files().get(1), new byte[3]);
        assertThat(ladder.<String>load(KERNEL, 90, KernelImage::origin)).isEqualTo("maker 1.2, from the cache");
        KernelText changed = new KernelText("new text", List.of("A=1"), "kernel");
        assertThatThrownBy(() -> ladder.load(changed, 90, KernelImage::origin))
                .isInstanceOf(KernelCompilationException.class).hasMessage(
                "no code of kernel for compute capability 9.0:\nmaker: it is gone\n"
                        + "cache of another compiler: no sm_90 code of kernel in " + folder);
    }

    @Test
    void folderFollowsTheSystem() {
        assertThat(folder("Linux", "/home/u", Map.of())).isEqualTo("/home/u/.cache/segloss4j");
        assertThat(folder("Linux", "/home/u", Map.of("XDG_CACHE_HOME", "/var/c"))).isEqualTo("/var/c/segloss4j");
        assertThat(folder("Linux", "/home/u", Map.of("XDG_CACHE_HOME", "relative")))
                .isEqualTo("/home/u/.cache/segloss4j");
        assertThat(folder("Mac OS X", "/Users/u", Map.of())).isEqualTo("/Users/u/Library/Caches/segloss4j");
        assertThat(folder("Windows 11", "/u", Map.of())).isEqualTo("/u/AppData/Local/segloss4j/cache");
    }

    /** Java says "?" for the home of a user whom the system does not know, as containers have them. */
    @Test
    void usersWithoutAHomeHaveAFolderBelowTheTemporaryOne() {
        for (String system : List.of("Linux", "Mac OS X", "Windows 11")) {
            assertThat(folder(system, "?", Map.of())).as(system).isEqualTo("/tmp/own");
            assertThat(folder(system, "", Map.of())).as(system).isEqualTo("/tmp/own");
        }
        assertThat(folder("Windows 11", "?", Map.of("LOCALAPPDATA", "/l"))).isEqualTo("/l/segloss4j/cache");
        List<String> said = ForkedJvm.run(WhereFilesAreKept.class, Map.of("XDG_CACHE_HOME", ""), "-Duser.home=?",
                "-Duser.name=a/b", "-Djava.io.tmpdir=" + folder);
        assertThat(said).containsExactly(folder.resolve("segloss4j-a_b").toString());
    }

    /** Says where. */
    static final class WhereFilesAreKept {

        private WhereFilesAreKept() {
        }

        public static void main(String[] args) {
            System.out.println(CacheFolder.configured());
        }
    }

    private static String folder(String system, String home, Map<String, String> environment) {
        return CacheFolder.byConvention(system, home, environment, Path.of("/tmp/own")).toString();
    }

    @Test
    void folderOfAnotherUserIsNotUsed() throws IOException {
        compile(KERNEL, compiler);
        PrivateFolder.Owners stranger = owners(1234, 1000);
        DiskCache cache = new DiskCache(folder, new PrivateFolder(folder, stranger));
        assertThat(said(() -> assertThat(cache.read(KERNEL, Target.cubin(90), compiler)).isEmpty())).singleElement()
                .asString().contains("because " + folder + " is not used: it belongs to another user, of number 1234;");
        assertThatThrownBy(cache::check).hasMessageContaining("another user");
        // Those of root are no less trustworthy than the system itself.
        assertThat(new DiskCache(folder, new PrivateFolder(folder, owners(0, 1000)))
                .read(KERNEL, Target.cubin(90), compiler)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxrwx", "rwxrwxr-x", "rwx----w-"})
    void folderThatOthersMayWriteToIsNotUsed(String mode) throws IOException {
        compile(KERNEL, compiler);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));
        DiskCache cache = new DiskCache(folder);
        assertThat(said(() -> {
            assertThat(cache.read(KERNEL, Target.cubin(90), compiler)).isEmpty();
            assertThat(cache.ofAnyCompiler(KERNEL, Target.cubin(90))).isEmpty();
            compile(KERNEL, compiler);
        })).first().asString().contains("is not used: others may write to it (chmod go-w " + folder + ")");
        assertThat(compiler.compiled).hasValue(2);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(new DiskCache(folder).read(KERNEL, Target.cubin(90), compiler)).isPresent();
    }

    @Test
    void folderThatEverybodyMayReplaceIsNotUsed() throws IOException {
        Path inside = folder.resolve("open").resolve("cache");
        compile(KERNEL, compiler, inside);
        assertThat(Files.getPosixFilePermissions(inside)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(inside.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(said(() -> assertThat(new DiskCache(inside).read(KERNEL, Target.cubin(90), compiler)).isEmpty()))
                .singleElement().asString().contains("because " + inside.getParent() + " is open to all");
    }

    private static PrivateFolder.Owners owners(int ofFiles, int self) {
        return new PrivateFolder.Owners() {
            @Override
            public int of(Path file) {
                return ofFiles;
            }

            @Override
            public int self() {
                return self;
            }
        };
    }

    private static List<String> said(Runnable work) {
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(err);
        }
        return said.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
