package org.segloss4j.cuda;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads libnvrtc.so.12 before JCuda asks for it: from Bytedeco's cuda-redist if that is on the class path, or else from
 * the CUDA toolkit. The linker then finds it by its name, wherever it lies.
 *
 * @param where   where it was found
 * @param problem why one that was found could not be loaded, or null
 */
record NvrtcLibrary(String where, String problem) {

    private static final String LIBRARY = "libnvrtc.so.12";
    private static final String REDIST = "org/bytedeco/cuda/linux-x86_64/";

    /** The compiler, from the class path, from a CUDA toolkit, or from where the system looks for libraries. */
    static CompileLadder.Rung compiler() {
        // JCuda looks for its library only once: what loads it has to come first.
        NvrtcLibrary library = load();
        try {
            return CompileLadder.Rung.of(new NvrtcCompiler(library.where()));
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
                // First, because NVRTC asks for it by name, and the folder is in nobody's search path.
                for (int minor = 0; minor < 20; minor++) {
                    String builtins = "libnvrtc-builtins.so.12." + minor;
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
                folders.add(Path.of(home, "lib64"));
                folders.add(Path.of(home, "targets", "x86_64-linux", "lib"));
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
        Path folder = CacheFolder.configured().resolve("nvrtc");
        Path target = folder.resolve(version + "-" + file);
        if (Files.isRegularFile(target) && Files.size(target) == length) {
            return target;
        }
        Files.createDirectories(folder);
        Path temporary = CacheFolder.temporary(target);
        try (InputStream in = connection.getInputStream()) {
            Files.copy(in, temporary);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
        return target;
    }
}
