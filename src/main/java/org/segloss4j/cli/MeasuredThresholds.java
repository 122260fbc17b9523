package org.segloss4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.stream.Stream;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.cuda.compile.CacheFolder;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.WholeFile;

/**
 * What {@code break-even} found on this machine, in a file of the cache folder: for numbers of channels, from how many
 * logits on the GPU computes arrays of the host faster than the CPU.
 */
final class MeasuredThresholds {

    private static final String FILE = "break-even.properties";
    private static final String DEVICE = "device";
    private static final String PROCESSORS = "processors";
    private static final String CHANNELS = "channels.";
    /** What stands in place of a threshold where the GPU was never faster, before the largest size. */
    private static final String NEVER = "never to ";

    private MeasuredThresholds() {
    }

    /**
     * One measurement.
     *
     * @param channels of the logits
     * @param from     logits from which on the GPU is faster, if it ever was
     * @param largest  logits of the largest batch, if it never was
     * @param stale    why it does not hold here, or null
     */
    record Measured(int channels, OptionalLong from, String largest, String stale) {
    }

    /** In words; a single channel stands under a sigmoid. */
    static String channels(int channels) {
        return channels == 1 ? "one channel under a sigmoid" : "classes: " + channels;
    }

    private static Path file() {
        return CacheFolder.configured().resolve(FILE);
    }

    private static String device() {
        return CudaAvailability.report().stream().filter(line -> line.startsWith("device 0: ")).findFirst().orElse("");
    }

    private static String processors() {
        return Integer.toString(Runtime.getRuntime().availableProcessors());
    }

    /**
     * Keeps a measurement, and those of this device that are there already.
     *
     * @return one line for people: where it is kept, or why not
     */
    static String keep(int channels, OptionalLong from, long largest) {
        Path file = file();
        try {
            CacheFolder.made();
            Properties all = readable(file);
            if (!device().equals(all.getProperty(DEVICE)) || !processors().equals(all.getProperty(PROCESSORS))) {
                all.clear();
            }
            all.setProperty(DEVICE, device());
            all.setProperty(PROCESSORS, processors());
            all.setProperty(CHANNELS + channels, from.isPresent() ? Long.toString(from.getAsLong()) : NEVER + largest);
            try (WholeFile whole = WholeFile.create(file)) {
                all.store(whole.out(), "segloss4j break-even");
                whole.finish();
            }
            return "kept for train in " + file;
        } catch (IOException e) {
            return "not kept for train: " + file + ": " + FileFault.words(e);
        }
    }

    private static Properties read(Path file) throws IOException {
        Properties all = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            all.load(in);
        } catch (IllegalArgumentException e) {
            throw new DamagedException(e.getMessage(), e);
        }
        return all;
    }

    /** What the file holds; nothing if there is none, or none that anybody could read again. */
    private static Properties readable(Path file) throws IOException {
        try {
            return read(file);
        } catch (NoSuchFileException | DamagedException e) {
            return new Properties();
        }
    }

    /** The file is not what was written. */
    private static final class DamagedException extends IOException {

        private static final long serialVersionUID = 1L;

        DamagedException(String what, Throwable cause) {
            super("it is damaged: " + what, cause);
        }
    }

    /**
     * The measurement for a number of channels, or that for the most similar number: one channel is like no other.
     *
     * @return nothing if there is none
     * @throws IOException if the file cannot be read
     */
    static Optional<Measured> of(int channels) throws IOException {
        Properties all;
        try {
            all = read(file());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Optional<Integer> nearest = keys(all).filter(c -> (c == 1) == (channels == 1))
                .min(Comparator.comparingDouble(c -> Math.abs(Math.log((double) c / channels))));
        if (nearest.isEmpty()) {
            return Optional.empty();
        }
        String value = all.getProperty(CHANNELS + nearest.get());
        boolean isNever = value.startsWith(NEVER);
        if (!isNever && !value.matches("[0-9]{1,18}")) {
            throw new DamagedException(CHANNELS + nearest.get() + " is " + value, null);
        }
        if (all.getProperty(PROCESSORS) == null || all.getProperty(DEVICE) == null) {
            throw new DamagedException("it lacks " + DEVICE + " or " + PROCESSORS, null);
        }
        String stale = processors().equals(all.getProperty(PROCESSORS)) ? null
                : "with " + all.getProperty(PROCESSORS) + " processors, not " + processors();
        if (stale == null && !isNever && CudaAvailability.cause() == null
                && !device().equals(all.getProperty(DEVICE))) {
            stale = "on " + all.getProperty(DEVICE) + ", not on " + device();
        }
        return Optional.of(new Measured(nearest.get(), isNever ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(value)), isNever ? value.substring(NEVER.length()) : null, stale));
    }

    private static Stream<Integer> keys(Properties all) {
        return all.stringPropertyNames().stream().filter(name -> name.matches("channels\\.[1-9][0-9]{0,3}"))
                .map(name -> Integer.valueOf(name.substring(CHANNELS.length())));
    }
}
