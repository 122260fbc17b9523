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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Finds NVRTC and loads it before it is asked for by its name: from Bytedeco's cuda-redist if it is on the class path,
 * or else from the CUDA toolkit. The linker then finds it by its name, wherever it lies.
 *
 * @param where   where it was found
 * @param problem why one that was found could not be loaded, or null
 */
public record NvrtcLibrary(String where, String problem) {

    /** The older first: its code runs on older drivers, too. */
    private static final List<Integer> VERSIONS = List.of(Binding.JCUDA_NVRTC, 13);
    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
    private static final String REDIST = "org/bytedeco/cuda/" + (ARM ? "linux-arm64/" : "linux-x86_64/");

    /** The compiler, from the class path, from a CUDA toolkit, or from where the system looks for libraries. */
    public static CompileLadder.Rung compiler() {
        // The same may be missing for each version, and is told once.
        Set<String> causes = new LinkedHashSet<>();
        for (int version : VERSIONS) {
            Binding binding = Binding.ofNvrtc(version);
            if (version != Binding.JCUDA_NVRTC && !binding.foreign()) {
                if (isHere(version)) {
                    causes.add(name(version) + " is here, but JCuda cannot call it, "
                            + (binding.lack() == null ? binding.reason() : "and " + binding.lack()));
                }
                continue;
            }
            // JCuda looks for its library only once: what loads it has to come first.
            NvrtcLibrary library = load(version);
            try {
                Nvrtc nvrtc = binding.open(Nvrtc.class, () -> new JCudaNvrtc(), "ForeignNvrtc", name(version));
                return CompileLadder.Rung.of(NvrtcCompiler.of(nvrtc, library.where()
                        + (binding.foreign() ? ", through java.lang.foreign" : "")));
            } catch (LinkageError e) {
                String cause = MissingLibrary.cause(e);
                causes.add(library.problem() == null ? cause : cause + "; " + library.problem());
            } catch (KernelCompilationException e) {
                causes.add(library.where() + ": " + e.getMessage());
            }
        }
        return CompileLadder.Rung.missing("nvrtc", String.join("; ", causes));
    }

    private static String name(int version) {
        return "libnvrtc.so." + version;
    }

    /** NVRTC loads one of these by name. It is loaded first, since its folder may not be in the search path. */
    private static Stream<String> builtins(int version) {
        return IntStream.range(0, 20).mapToObj(minor -> "libnvrtc-builtins.so." + version + "." + minor);
    }

    private static boolean isHere(int version) {
        return resource(name(version)) != null
                || toolkitFolders().stream().anyMatch(folder -> Files.isRegularFile(folder.resolve(name(version))));
    }

    /** Loads the first that there is. */
    private static NvrtcLibrary load(int version) {
        String name = name(version);
        if (resource(name) != null) {
            try {
                for (String file : builtins(version).filter(file -> resource(file) != null).toList()) {
                    NativeFiles.load(unpacked(file));
                }
                NativeFiles.load(unpacked(name));
                return new NvrtcLibrary("cuda-redist on the class path", null);
            } catch (IOException | UnsatisfiedLinkError e) {
                return new NvrtcLibrary("", "that of cuda-redist on the class path cannot be used: " + e.getMessage());
            }
        }
        String problem = null;
        for (Path folder : toolkitFolders()) {
            Path library = folder.resolve(name);
            if (Files.isRegularFile(library)) {
                try {
                    builtins(version).map(folder::resolve).filter(Files::isRegularFile)
                            .forEach(NativeFiles::load);
                    NativeFiles.load(library);
                    return new NvrtcLibrary(library.toString(), null);
                } catch (UnsatisfiedLinkError e) {
                    problem = library + " cannot be loaded: " + e.getMessage();
                }
            }
        }
        return new NvrtcLibrary("found by the system", problem);
    }

    private static URL resource(String file) {
        return NvrtcLibrary.class.getClassLoader().getResource(REDIST + file);
    }

    private static List<Path> toolkitFolders() {
        List<Path> folders = new ArrayList<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            String home = System.getenv(variable);
            if (home != null && !home.isBlank()) {
                NvccCompiler.addFolder(folders, home, "lib64");
                NvccCompiler.addFolder(folders, home, "targets", ARM ? "sbsa-linux" : "x86_64-linux", "lib");
            }
        }
        folders.add(Path.of(File.separator, "usr", "local", "cuda", "lib64"));
        folders.add(Path.of(File.separator, "usr", "local", "cuda-12", "lib64"));
        folders.add(Path.of(File.separator, "usr", "local", "cuda-13", "lib64"));
        return folders;
    }

    /** A file of the class path as a file of the disk; its folder's name tells versions apart. */
    private static Path unpacked(String file) throws IOException {
        URL url = resource(file);
        URLConnection connection = url.openConnection();
        long length = connection.getContentLengthLong();
        String version = connection instanceof JarURLConnection jar
                ? Long.toHexString(jar.getJarEntry().getCrc()) : Long.toString(length);
        try (InputStream in = connection.getInputStream()) {
            return NativeFiles.unpack("nvrtc", version + "-" + file, in, length);
        }
    }
}
