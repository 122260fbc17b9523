package org.segloss4j.internal.cuda.compile;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Loads libnvrtc.so.12 before JCuda asks for it: from Bytedeco's cuda-redist if that is on the class path, or else from
 * the CUDA toolkit. The linker then finds it by its name, wherever it lies.
 *
 * @param where   where it was found
 * @param problem why one that was found could not be loaded, or null
 */
public record NvrtcLibrary(String where, String problem) {

    private static final String LIBRARY = "libnvrtc.so.12";
    /** NVRTC loads this library by name. It is loaded first, since its folder may not be in the search path. */
    private static final List<String> BUILTINS =
            IntStream.range(0, 20).mapToObj(minor -> "libnvrtc-builtins.so.12." + minor).toList();
    private static final String REDIST = "org/bytedeco/cuda/linux-x86_64/";

    /** The compiler, from the class path, from a CUDA toolkit, or from where the system looks for libraries. */
    public static CompileLadder.Rung compiler() {
        // JCuda looks for its library only once: what loads it has to come first.
        NvrtcLibrary library = load();
        try {
            return CompileLadder.Rung.of(NvrtcCompiler.open(library.where()));
        } catch (LinkageError e) {
            String cause = MissingLibrary.cause(e);
            return CompileLadder.Rung.missing("nvrtc", library.problem() == null ? cause
                    : cause + "; " + library.problem());
        } catch (KernelCompilationException e) {
            return CompileLadder.Rung.missing("nvrtc", library.where() + ": " + e.getMessage());
        }
    }

    /** Loads the first that there is. */
    private static NvrtcLibrary load() {
        ClassLoader loader = NvrtcLibrary.class.getClassLoader();
        if (loader.getResource(REDIST + LIBRARY) != null) {
            try {
                for (String builtins : BUILTINS) {
                    if (loader.getResource(REDIST + builtins) != null) {
                        System.load(unpacked(loader, builtins).toString());
                    }
                }
                System.load(unpacked(loader, LIBRARY).toString());
                return new NvrtcLibrary("cuda-redist on the class path", null);
            } catch (IOException | UnsatisfiedLinkError e) {
                return new NvrtcLibrary("", "that of cuda-redist on the class path cannot be used: " + e.getMessage());
            }
        }
        String problem = null;
        for (Path folder : toolkitFolders()) {
            Path library = folder.resolve(LIBRARY);
            if (Files.isRegularFile(library)) {
                try {
                    for (String builtins : BUILTINS) {
                        if (Files.isRegularFile(folder.resolve(builtins))) {
                            System.load(folder.resolve(builtins).toAbsolutePath().toString());
                        }
                    }
                    System.load(library.toAbsolutePath().toString());
                    return new NvrtcLibrary(library.toString(), null);
                } catch (UnsatisfiedLinkError e) {
                    problem = library + " cannot be loaded: " + e.getMessage();
                }
            }
        }
        return new NvrtcLibrary("found by the system", problem);
    }

    private static List<Path> toolkitFolders() {
        List<Path> folders = new ArrayList<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            String home = System.getenv(variable);
            if (home != null && !home.isBlank()) {
                NvccCompiler.addFolder(folders, home, "lib64");
                NvccCompiler.addFolder(folders, home, "targets", "x86_64-linux", "lib");
            }
        }
        folders.add(Path.of(File.separator, "usr", "local", "cuda", "lib64"));
        folders.add(Path.of(File.separator, "usr", "local", "cuda-12", "lib64"));
        return folders;
    }

    /** A file of the class path as a file of the disk; its folder's name tells versions apart. */
    private static Path unpacked(ClassLoader loader, String file) throws IOException {
        URL url = loader.getResource(REDIST + file);
        URLConnection connection = url.openConnection();
        long length = connection.getContentLengthLong();
        String version = connection instanceof JarURLConnection jar
                ? Long.toHexString(jar.getJarEntry().getCrc()) : Long.toString(length);
        try (InputStream in = connection.getInputStream()) {
            return NativeFiles.unpack("nvrtc", version + "-" + file, in, length);
        }
    }
}
