package org.segloss4j.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.CountingCompiler;
import org.segloss4j.internal.cuda.CudaBackend;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.DiskCache;
import org.segloss4j.internal.cuda.compile.KernelCompiler;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.NvccCompiler;
import org.segloss4j.internal.cuda.compile.Target;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.Drivers;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.Sums;

/**
 * The CUDA backend on real JCuda, above a libcuda.so.1 whose calls return at once: what is left of a call is the share
 * of Java and JNI. As a backend it takes arrays of the host for their shapes, and computes on a device's memory of the
 * same shapes, of which nothing is read or written.
 */
public final class IdleCall implements LossBackend, AutoCloseable {

    private static final DevicePlace PLACE = new DevicePlace(0, 7);
    private static final long ADDRESS = 1L << 40;

    private final CudaDevices devices;
    private final CudaBackend backend;
    private final Path folder;

    /**
     * Builds and loads the driver.
     *
     * @param contextIsCurrent whether this thread has the device's context, as nd4j-cuda's threads do
     * @throws IOException if there is no C compiler
     */
    public IdleCall(boolean contextIsCurrent) throws IOException {
        folder = Files.createTempDirectory("idle");
        try (InputStream in = IdleCall.class.getResourceAsStream("/driver/stub.c")) {
            Files.copy(in, folder.resolve("stub.c"));
        }
        NvccCompiler.run(List.of("cc", "-O2", "-shared", "-fPIC", "-o", "libcuda.so.1", "-Wl,-soname,libcuda.so.1",
                "stub.c"), folder, 60);
        // What has this name is in the process already when the driver is looked for.
        System.load(folder.resolve("libcuda.so.1").toString());
        Driver driver = Drivers.open();
        KernelCompiler compiler = new CountingCompiler("idle", "1") {
            @Override
            public byte[] code(KernelText kernel, Target target) {
                return "\177ELF".getBytes(StandardCharsets.US_ASCII);
            }
        };
        CompileLadder ladder = new CompileLadder(List.of(CompileLadder.Rung.of(compiler)), new DiskCache(folder));
        devices = new CudaDevices(driver, () -> ladder);
        backend = new CudaBackend(devices, LaunchPolicy.DEFAULT);
        long[] context = new long[1];
        if (contextIsCurrent && (driver.retainPrimaryContext(0, context) != Driver.SUCCESS
                || driver.setCurrentContext(context[0]) != Driver.SUCCESS)) {
            throw new IllegalStateException("the driver gives no context");
        }
    }

    /** A batch on the device: float logits [N, C, S], channels first, and uint8 class indices. */
    public static Batch batch(long examples, int channels, long pixels) {
        return new Batch(tensor(ElementType.FLOAT, examples, channels, pixels, 0),
                channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX,
                new Labels(Labels.Kind.INDEX, tensor(ElementType.UINT8, examples, 1, pixels, 1)), null);
    }

    /** A gradient for it. */
    public static Tensor gradient(Batch batch) {
        Tensor p = batch.predictions();
        return tensor(p.type(), p.examples(), p.channels(), p.pixels(), 2);
    }

    private static Tensor tensor(ElementType type, long examples, int channels, long pixels, int number) {
        long bytes = examples * channels * pixels * type.bytes();
        Storage storage = Storage.onDevice(PLACE, ADDRESS * (number + 1), bytes, PLACE);
        return new Tensor(storage, type, 0, examples, channels, pixels, channels * pixels, pixels, 1);
    }

    @Override
    public String name() {
        return "idle";
    }

    /** On tensors of a device as they are; of the host's only the shapes count. */
    @Override
    public Summands enqueueValueAndGradient(Job job) {
        Batch batch = job.batch();
        if (batch.predictions().storage().place() != null) {
            return backend.enqueueValueAndGradient(job);
        }
        Batch there = new Batch(there(batch.predictions(), 0), batch.activation(), new Labels(batch.labels().kind(),
                there(batch.labels().tensor(), 1)), null);
        return backend.enqueueValueAndGradient(Job.gradient(job.spec(), there, job.scale(), there(job.gradient(), 2)));
    }

    private static Tensor there(Tensor t, int number) {
        Storage storage = Storage.onDevice(PLACE, ADDRESS * (number + 1), t.storage().bytes(), PLACE);
        return new Tensor(storage, t.type(), t.offset(), t.examples(), t.channels(), t.pixels(), t.exampleStride(),
                t.channelStride(), t.pixelStride());
    }

    @Override
    public Sums sums(Job job) {
        throw new UnsupportedOperationException("there are no sums");
    }

    @Override
    public void gradient(Job job, Coefficients coefficients, int firstRow) {
        throw new UnsupportedOperationException("there are no sums");
    }

    @Override
    public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
        throw new UnsupportedOperationException("there are no counts");
    }

    @Override
    public void close() {
        backend.close();
        devices.close();
        try {
            for (String name : List.of("stub.c", "libcuda.so.1")) {
                Files.delete(folder.resolve(name));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
