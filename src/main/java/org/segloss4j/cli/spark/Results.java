package org.segloss4j.cli.spark;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.RemoteIterator;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.files.WholeFile;

/**
 * The folder of {@code --out}, on this machine or in a Hadoop file system. Each file there appears whole or not at all:
 * it is written under another name and renamed, which file systems such as HDFS do in one step. Object stores show
 * only whole objects, so there the copy that renaming makes appears whole, too.
 */
final class Results {

    /** Says of which job the checkpoint is, so that a later attempt of another job does not go on from it. */
    private static final String MARK = ".segloss4j-spark-job";
    private static final String LAST = "last.zip";
    private static final List<String> CHECKPOINTS = List.of(LAST, "model.zip");
    private static final String PREFIX = ".segloss4j-";
    private static final String SUFFIX = ".part";

    private final String text;
    private final Path local;
    private final FileContext context;

    private Results(String text, Path local, FileContext context) {
        this.text = text;
        this.local = local;
        this.context = context;
    }

    /**
     * Opens the folder.
     *
     * @param text    a path or a URI
     * @param hadoop  the settings of the file systems
     * @param scratch a folder of this machine for files that go to a Hadoop file system
     */
    static Results of(String text, Configuration hadoop, Path scratch) {
        if (!Locations.isRemote(text)) {
            return new Results(text, Locations.local(text), null);
        }
        try {
            Path local = scratch.resolve("out-" + UUID.randomUUID());
            Files.createDirectories(local);
            return new Results(text, local,
                    FileContext.getFileContext(new org.apache.hadoop.fs.Path(text).toUri(), hadoop));
        } catch (IOException | RuntimeException e) {
            throw failed(text, "written", e);
        }
    }

    private static UserException failed(String text, String what, Exception e) {
        return new UserException("--out: " + text + " cannot be " + what + ": " + Staging.reason(e), e);
    }

    /** The folder on this machine to which the command writes. */
    Path local() {
        return local;
    }

    /** Brings what there is to go on from to this machine. */
    void fetch() {
        if (context == null) {
            return;
        }
        for (String name : CHECKPOINTS) {
            try (InputStream in = context.open(remote(name))) {
                Files.copy(in, local.resolve(name));
            } catch (FileNotFoundException e) {
                // There is none yet.
            } catch (IOException | RuntimeException e) {
                throw failed(text, "read", e);
            }
        }
    }

    /** Whether the newest checkpoint is of this job. */
    boolean isOf(String job) {
        try {
            if (context == null) {
                return Files.exists(local.resolve(LAST)) && Files.exists(local.resolve(MARK))
                        && Files.readString(local.resolve(MARK)).equals(job);
            }
            try (InputStream in = context.open(remote(MARK))) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8).equals(job);
            }
        } catch (FileNotFoundException e) {
            return false;
        } catch (IOException | RuntimeException e) {
            throw failed(text, "read", e);
        }
    }

    /** A file is complete on this machine; it goes to where it belongs. */
    void written(Path file, String job) {
        try {
            if (context != null) {
                publish(file.getFileName().toString(), Files.newInputStream(file));
            }
            if (file.getFileName().toString().equals(LAST)) {
                mark(job);
            }
        } catch (IOException | RuntimeException e) {
            throw failed(text, "written", e);
        }
    }

    private void mark(String job) throws IOException {
        byte[] content = job.getBytes(StandardCharsets.UTF_8);
        if (context == null) {
            WholeFile.write(local.resolve(MARK), new ByteArrayInputStream(content));
        } else {
            publish(MARK, new ByteArrayInputStream(content));
        }
    }

    /** All files are complete. */
    void finish() {
        try {
            if (context == null) {
                Files.deleteIfExists(local.resolve(MARK));
                return;
            }
            try (Stream<Path> files = Files.list(local)) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    String name = file.getFileName().toString();
                    if (!name.startsWith(PREFIX) && !CHECKPOINTS.contains(name)) {
                        publish(name, Files.newInputStream(file));
                    }
                }
            }
            removeUnfinished();
            context.delete(remote(MARK), false);
        } catch (IOException | RuntimeException e) {
            throw failed(text, "written", e);
        }
    }

    private org.apache.hadoop.fs.Path remote(String name) {
        return new org.apache.hadoop.fs.Path(text, name);
    }

    private void publish(String name, InputStream content) throws IOException {
        org.apache.hadoop.fs.Path part = remote(PREFIX + UUID.randomUUID() + SUFFIX);
        try (InputStream in = content) {
            try (OutputStream out = context.create(part, EnumSet.of(CreateFlag.CREATE),
                    Options.CreateOpts.createParent())) {
                in.transferTo(out);
            }
            context.rename(part, remote(name), Options.Rename.OVERWRITE);
        } catch (IOException | RuntimeException e) {
            deleteQuietly(part);
            throw e;
        }
    }

    private void deleteQuietly(org.apache.hadoop.fs.Path part) {
        try {
            context.delete(part, false);
        } catch (IOException e) {
            // What made writing fail is told.
        }
    }

    /** What attempts that were killed have left. */
    private void removeUnfinished() throws IOException {
        RemoteIterator<FileStatus> files = context.listStatus(new org.apache.hadoop.fs.Path(text));
        while (files.hasNext()) {
            org.apache.hadoop.fs.Path file = files.next().getPath();
            if (file.getName().startsWith(PREFIX) && file.getName().endsWith(SUFFIX)) {
                context.delete(file, false);
            }
        }
    }

    /** A text in which the folder has the name by which people know it. */
    String shown(String output) {
        return context == null ? output : output.replace(local.toString(), text);
    }
}
