package org.segloss4j.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a process holds.
 *
 * @param heap        bytes of live objects
 * @param nativeBytes bytes that JavaCPP and ND4J have allocated
 * @param resident    bytes of the process in memory, as the system sees it
 * @param threads     live threads
 * @param descriptors open files, sockets and selectors
 */
record Footprint(long heap, long nativeBytes, long resident, int threads, int descriptors) {

    /** Of this process, after a collection. */
    static Footprint now() {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        return new Footprint(heap, Pointer.totalBytes() + Nd4j.getMemoryManager().allocatedMemory(0), residentBytes(),
                Thread.activeCount(), openDescriptors().size());
    }

    private static long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the descriptors of this process are open on. */
    static List<String> openDescriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.map(Footprint::target).filter(target -> !target.startsWith("/proc/")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            // The one that lists them is closed by now.
            return "/proc/";
        }
    }

    /** The names of this process's live threads, without those of the JVM. */
    static Set<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream().filter(Thread::isAlive).map(Thread::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
