package org.segloss4j.internal.cuda.compile;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.segloss4j.internal.cuda.compile.PrivateFolder.NotPrivateException;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.WholeFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled kernels on the disk, one file each, shared by processes. A file is a cubin or PTX as every tool reads it,
 * followed by one line with the digest of its content and of everything that it was made from. A file whose digest is
 * wrong is no file; the next one to compile replaces it.
 */
public final class DiskCache {

    private static final Logger LOG = LoggerFactory.getLogger(DiskCache.class);
    /** To be raised when anything about the files changes. */
    private static final int FORMAT = 1;
    private static final byte[] MARK = "\n// segloss4j ".getBytes(StandardCharsets.US_ASCII);
    private static final int TRAILER = MARK.length + 64 + 1;

    private final Path folder;
    private final PrivateFolder access;
    private final AtomicBoolean warned = new AtomicBoolean();

    /** The cache in a folder, which is created when something is written. */
    public DiskCache(Path folder) {
        this(folder, new PrivateFolder(folder));
    }

    DiskCache(Path folder, PrivateFolder access) {
        this.folder = folder;
        this.access = access;
    }

    /**
     * Checks that files can be kept here.
     *
     * @throws IOException if not; says why
     */
    public void check() throws IOException {
        access.make();
        if (!Files.isWritable(folder)) {
            throw new IOException("it is read-only");
        }
    }

    /** What a compiler made of a kernel, if it is here and whole. */
    public Optional<KernelImage> read(KernelText kernel, Target target, KernelCompiler compiler) {
        String maker = fileName(compiler.id());
        return read(folder.resolve(prefix(kernel, target) + maker + "." + target.kind().extension()), kernel, target,
                maker);
    }

    /** What any compiler made of a kernel: for machines that have none. */
    Optional<KernelImage> ofAnyCompiler(KernelText kernel, Target target) {
        String prefix = prefix(kernel, target);
        String ending = "." + target.kind().extension();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, prefix + "*" + ending)) {
            found.forEach(files::add);
        } catch (IOException e) {
            return Optional.empty();
        }
        // The newest version first, and always the same one.
        Collections.sort(files, Collections.reverseOrder());
        return files.stream().flatMap(file -> {
            String name = file.getFileName().toString();
            return read(file, kernel, target, name.substring(prefix.length(), name.length() - ending.length()))
                    .stream();
        }).findFirst();
    }

    /** Keeps what a compiler made. A folder that cannot be written is one warning, not an error. */
    public void write(KernelText kernel, KernelImage image, KernelCompiler compiler) {
        String maker = fileName(compiler.id());
        Path file = folder.resolve(prefix(kernel, image.target()) + maker + "." + image.target().kind().extension());
        String digest = Digest.of(identity(kernel, image.target(), maker), image.bytes());
        byte[] content = Arrays.copyOf(image.bytes(), image.bytes().length + TRAILER);
        System.arraycopy(MARK, 0, content, image.bytes().length, MARK.length);
        byte[] end = (digest + "\n").getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(end, 0, content, image.bytes().length + MARK.length, end.length);
        try {
            access.make();
            WholeFile.write(file, new ByteArrayInputStream(content));
        } catch (NotPrivateException e) {
            warn("is not used", e.getMessage());
        } catch (IOException e) {
            warn("cannot be written", FileFault.words(e));
        }
    }

    private void warn(String what, String why) {
        if (warned.compareAndSet(false, true)) {
            LOG.warn("kernels are compiled anew in every process, because {} {}: {}; set -D{}", folder, what, why,
                    CacheFolder.PROPERTY);
        }
    }

    /** The folder, for people. */
    @Override
    public String toString() {
        return folder.toString();
    }

    private Optional<KernelImage> read(Path file, KernelText kernel, Target target, String maker) {
        byte[] content;
        try {
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            access.check();
            access.check(file);
            content = Files.readAllBytes(file);
        } catch (NotPrivateException e) {
            warn("is not used", e.getMessage());
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
        if (content.length < TRAILER) {
            LOG.debug("{} is cut off", file);
            return Optional.empty();
        }
        byte[] payload = Arrays.copyOf(content, content.length - TRAILER);
        String digest = new String(content, content.length - 65, 64, StandardCharsets.US_ASCII);
        if (!digest.equals(Digest.of(identity(kernel, target, maker), payload))) {
            LOG.debug("{} has a wrong digest", file);
            return Optional.empty();
        }
        return Optional.of(new KernelImage(payload, target, maker.replace('_', ' ') + ", from the cache", ""));
    }

    /** The readable part first; sixteen digits tell apart the texts that a symbol ever had. */
    private static String prefix(KernelText kernel, Target target) {
        return kernel.symbol() + "-" + target + "-" + kernel.hash().substring(0, 16) + "-";
    }

    private static String identity(KernelText kernel, Target target, String maker) {
        return Digest.of(Integer.toString(FORMAT), kernel.hash(), target.toString(), maker);
    }

    private static String fileName(String text) {
        return text.replaceAll("[^A-Za-z0-9.]", "_");
    }
}
