package org.segloss4j.internal.cuda.compile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PTX that the build put into the jar, for machines without a compiler. An index names the files and the hash of the
 * text that each was made from, so that none outlives a change of its kernel.
 */
public final class ShippedPtx implements KernelCompiler {

    /** The folder on the class path. */
    static final String FOLDER = "/ptx/";
    /** The file that names the others. */
    public static final String INDEX = "index.txt";
    private static final Pattern LINE = Pattern.compile("(\\w+)\\.compute_(\\d+)\\.ptx ([0-9a-f]{64})");

    private static final Pattern SWEEP =
            Pattern.compile("seg_region_\\w+_c(\\d+)_\\w+_(float|double|half|bfloat16)(_\\w+)?");

    private final Files files;
    private final Map<String, NavigableMap<Integer, String>> hashes = new HashMap<>();

    private ShippedPtx(Files files, String index) {
        this.files = files;
        for (String line : index.lines().toList()) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new IllegalStateException(FOLDER + INDEX + " has a line that is no file: " + line);
            }
            hashes.computeIfAbsent(matcher.group(1), symbol -> new TreeMap<>())
                    .put(Integer.valueOf(matcher.group(2)), matcher.group(3));
        }
    }

    /** Where the files are. */
    public interface Files {
        /** The content, or null if there is no such file. */
        byte[] read(String name) throws IOException;
    }

    /** The PTX of this jar. */
    public static CompileLadder.Rung find() {
        return find(name -> {
            try (InputStream in = ShippedPtx.class.getResourceAsStream(FOLDER + name)) {
                return in == null ? null : in.readAllBytes();
            }
        });
    }

    /** The PTX of other files, in the same form. */
    public static CompileLadder.Rung find(Files files) {
        try {
            byte[] index = files.read(INDEX);
            return index == null ? CompileLadder.Rung.missing("shipped PTX", "this build has none")
                    : CompileLadder.Rung.of(new ShippedPtx(files, new String(index, StandardCharsets.UTF_8)));
        } catch (IOException | IllegalStateException e) {
            return CompileLadder.Rung.missing("shipped PTX", "cannot be read: " + e.getMessage());
        }
    }

    /** A file's name. */
    public static String file(String symbol, int capability) {
        return symbol + "." + Target.ptx(capability) + ".ptx";
    }

    /** A file's line in the index. */
    public static String indexLine(KernelText kernel, int capability) {
        return file(kernel.symbol(), capability) + " " + kernel.hash();
    }

    @Override
    public String name() {
        return "shipped PTX";
    }

    @Override
    public String version() {
        return "";
    }

    @Override
    public Target target(int capability) {
        return Target.ptx(capability);
    }

    @Override
    public KernelImage compile(KernelText kernel, Target target) {
        NavigableMap<Integer, String> made = hashes.get(kernel.symbol());
        Map.Entry<Integer, String> best = made == null ? null : made.floorEntry(target.capability());
        if (best == null) {
            throw new KernelCompilationException("none of " + kernel.symbol() + " that runs on " + target + " among "
                    + what());
        }
        if (!best.getValue().equals(kernel.hash())) {
            throw new KernelCompilationException("that of " + kernel.symbol() + " is of another text of the kernel");
        }
        String file = file(kernel.symbol(), best.getKey());
        try {
            byte[] ptx = files.read(file);
            if (ptx == null) {
                throw new KernelCompilationException(FOLDER + file + " is in the index but not there");
            }
            return new KernelImage(ptx, Target.ptx(best.getKey()), name(), "");
        } catch (IOException e) {
            throw new KernelCompilationException(FOLDER + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean cacheable() {
        return false;
    }

    @Override
    public String toString() {
        return "shipped PTX: of " + what();
    }

    /** What the names of the kernels say. */
    private String what() {
        SortedSet<String> elements = new TreeSet<>();
        SortedSet<Integer> counts = new TreeSet<>();
        for (String symbol : hashes.keySet()) {
            Matcher sweep = SWEEP.matcher(symbol);
            if (sweep.matches()) {
                counts.add(Integer.valueOf(sweep.group(1)));
                elements.add(sweep.group(2).toUpperCase(Locale.ROOT));
            }
        }
        counts.remove(0);
        String kernels = hashes.size() + " kernels";
        return elements.isEmpty() ? kernels : kernels + ", " + (counts.isEmpty() ? "run-time class counts only"
                : "run-time class counts and " + counts) + ", predictions " + String.join(", ", elements);
    }
}
