package org.segloss4j.cli.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.segloss4j.cli.input.UserException;

/**
 * A folder whose names are looked at here, while its files are read on executors. One in a Hadoop file system is shown
 * to the code that pairs names as a folder of empty files with the same names.
 *
 * @param text   a path or a URI
 * @param folder of this machine with the names
 */
record RemoteFolder(String text, Path folder) {

    /**
     * A file for an executor.
     *
     * @param text a path or a URI
     */
    record Location(String text) implements Serializable {

        /**
         * Brings the file to this machine.
         *
         * @param hadoop  the settings of the file systems
         * @param scratch a folder for it, if it is not here
         * @return the file
         */
        Path fetch(Configuration hadoop, Path scratch) throws IOException {
            if (!Locations.isRemote(text)) {
                return Locations.local(text);
            }
            org.apache.hadoop.fs.Path remote = new org.apache.hadoop.fs.Path(text);
            Path file = scratch.resolve(remote.getName());
            try (InputStream in = remote.getFileSystem(hadoop).open(remote)) {
                Files.copy(in, file);
            } catch (IOException e) {
                throw new IOException(text + " cannot be read: " + Staging.reason(e), e);
            }
            return file;
        }
    }

    /**
     * Looks at the names of a folder.
     *
     * @param option    that names it, for messages
     * @param text      a path or a URI
     * @param recursive whether sub-folders are wanted, too
     * @param hadoop    the settings of the file systems
     * @param scratch   an empty folder of this machine
     */
    static RemoteFolder of(String option, String text, boolean recursive, Configuration hadoop, Path scratch) {
        if (!Locations.isRemote(text)) {
            return new RemoteFolder(text, Locations.local(text));
        }
        try {
            org.apache.hadoop.fs.Path remote = new org.apache.hadoop.fs.Path(text);
            FileSystem system = remote.getFileSystem(hadoop);
            FileStatus root = system.getFileStatus(remote);
            String base = root.getPath().toUri().getPath().replaceAll("/+$", "") + "/";
            Path folder = Files.createDirectories(scratch.resolve(remote.getName().isEmpty() ? "root"
                    : remote.getName()));
            RemoteIterator<LocatedFileStatus> files = system.listFiles(root.getPath(), recursive);
            while (files.hasNext()) {
                String path = files.next().getPath().toUri().getPath();
                Path place = folder.resolve(path.substring(base.length())).normalize();
                if (!path.startsWith(base) || !place.startsWith(folder)) {
                    throw new IOException("it holds a file with the name " + path);
                }
                Files.createDirectories(place.getParent());
                Files.createFile(place);
            }
            return new RemoteFolder(text, folder);
        } catch (IOException | RuntimeException e) {
            throw new UserException(option + ": " + text + " cannot be listed: " + Staging.reason(e), e);
        }
    }

    /** Where an executor finds a file of the folder. */
    Location location(Path file) {
        if (!Locations.isRemote(text)) {
            return new Location(file.toAbsolutePath().toString());
        }
        return new Location(text.replaceAll("/+$", "") + "/" + StreamSupport.stream(folder.relativize(file)
                .spliterator(), false).map(Path::toString).collect(Collectors.joining("/")));
    }
}
