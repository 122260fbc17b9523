package org.segloss4j.internal.cuda.compile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.segloss4j.internal.files.WholeFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Native libraries of the class path as files of the disk, in folders where nobody else can put another. */
final class NativeFiles {

    private static final Logger LOG = LoggerFactory.getLogger(NativeFiles.class);

    private NativeFiles() {
    }

    /**
     * Unpacks a library to the user's cache folder, unless it is there in full. If that folder cannot be used, to a
     * new folder, which is deleted in the end.
     *
     * @param folder  a folder below the cache's
     * @param file    the file's name, which tells versions apart
     * @param content the library
     * @param length  its bytes
     * @return the file
     */
    static Path unpack(String folder, String file, InputStream content, long length) throws IOException {
        Path kept = CacheFolder.configured().resolve(folder);
        try {
            PrivateFolder access = new PrivateFolder(kept);
            access.make();
            Path target = kept.resolve(file);
            if (Files.isRegularFile(target)) {
                access.check(target);
            }
            if (!Files.isRegularFile(target) || Files.size(target) != length) {
                WholeFile.write(target, content);
            }
            return target;
        } catch (IOException e) {
            LOG.warn("{} is unpacked anew in every process, because {} is not used: {}; set -D{}", file, kept,
                    e.getMessage(), CacheFolder.PROPERTY);
        }
        // Its name cannot be foreseen, and nobody else can write to it.
        Path fresh = Files.createTempDirectory("segloss4j");
        fresh.toFile().deleteOnExit();
        Path target = fresh.resolve(file);
        target.toFile().deleteOnExit();
        Files.copy(content, target);
        return target;
    }

    /**
     * Loads a library.
     *
     * @throws UnsatisfiedLinkError if it cannot be loaded
     */
    static void load(Path library) {
        try {
            System.load(library.toAbsolutePath().toString());
        } catch (IllegalCallerException e) {
            throw MissingLibrary.denied(e);
        }
    }
}
