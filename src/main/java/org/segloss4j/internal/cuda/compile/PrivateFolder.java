package org.segloss4j.internal.cuda.compile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A folder from which machine code is loaded, so that nobody but this user (and root) may put anything there. Where
 * files have owners and modes, both are checked; elsewhere, as on Windows, the folders of a user are private by the
 * rules that they inherit, and nothing is checked.
 */
final class PrivateFolder {

    private static final int OTHERS_WRITE = 022;
    private static final int EVERYBODY_WRITES = 02;
    private static final int STICKY = 01000;

    /** Whose files are whose. */
    interface Owners {

        /** The number of the user to whom a file belongs. */
        int of(Path file) throws IOException;

        /** The number of the user that this process runs as. */
        int self() throws IOException;
    }

    /** The reason why a folder is not used. */
    static final class NotPrivateException extends IOException {

        private static final long serialVersionUID = 1L;

        NotPrivateException(String reason) {
            super(reason);
        }
    }

    private final Path path;
    private final Owners owners;

    PrivateFolder(Path path) {
        this(path, UserOfProcess.OWNERS);
    }

    PrivateFolder(Path path, Owners owners) {
        this.path = path;
        this.owners = owners;
    }

    /**
     * Makes the folder, closed to others, unless it is there.
     *
     * @throws NotPrivateException if it is there, and others may write to it
     */
    void make() throws IOException {
        if (hasModes() && !Files.isDirectory(path)) {
            Files.createDirectories(path, PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(path);
        }
        check();
    }

    /**
     * Checks a folder that is there.
     *
     * @throws NotPrivateException if others may write to it, or put another in its place
     */
    void check() throws IOException {
        if (!hasModes()) {
            return;
        }
        Path real = path.toRealPath();
        needsOwner(real);
        if ((mode(real) & OTHERS_WRITE) != 0) {
            throw new NotPrivateException("others may write to it (chmod go-w " + path + ")");
        }
        for (Path above = real.getParent(); above != null; above = above.getParent()) {
            if ((mode(above) & EVERYBODY_WRITES) != 0 && (mode(above) & STICKY) == 0) {
                throw new NotPrivateException("everybody may put another in its place, because " + above
                        + " is open to all");
            }
        }
    }

    /**
     * Checks a file of the folder: it may be older than the folder's mode.
     *
     * @throws NotPrivateException if it belongs to somebody else
     */
    void check(Path file) throws IOException {
        if (hasModes()) {
            needsOwner(file.toRealPath());
        }
    }

    private void needsOwner(Path file) throws IOException {
        int owner = owners.of(file);
        if (owner != 0 && owner != owners.self()) {
            throw new NotPrivateException((file.getFileName().equals(path.getFileName()) ? "it" : file.toString())
                    + " belongs to another user, of number " + owner);
        }
    }

    private boolean hasModes() {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix");
    }

    private static int mode(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:mode");
    }

    /** Java does not tell the user's number, but a file that this process makes has it. */
    private static final class UserOfProcess implements Owners {

        static final Owners OWNERS = new UserOfProcess();

        private Integer self;

        @Override
        public int of(Path file) throws IOException {
            return (int) Files.getAttribute(file, "unix:uid");
        }

        @Override
        public synchronized int self() throws IOException {
            if (self == null) {
                Path probe = Files.createTempFile("segloss4j", ".probe");
                try {
                    self = of(probe);
                } finally {
                    Files.delete(probe);
                }
            }
            return self;
        }
    }
}
