package org.segloss4j.internal.cuda;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.segloss4j.Need;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** The CUDA backend with the host for a device, for tests of other packages. */
public final class HostBackends {

    private static final List<KernelVariant> SEEN = new ArrayList<>();
    /** Notes what would be launched, and computes nothing. */
    private static final LossBackend PROBE = new CudaBackend(new UnusedMemoryDevice() {
        @Override
        public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
            SEEN.add(variant);
        }
    }, LaunchPolicy.DEFAULT);

    private HostBackends() {
    }

    /**
     * Skips the test, with the reason, where there is no g++; {@code -Dsegloss4j.test.require=host} makes it fail. What
     * g++ makes of kernels computes the same whichever JDK calls it, so {@code -Dsegloss4j.test.without=host} skips it,
     * too.
     */
    public static void require() {
        Need.present("host", unavailable());
    }

    /** Why no kernel is executed on the host, or null. */
    static String unavailable() {
        String leftOut = Need.leftOut("host");
        return leftOut != null ? leftOut : HostCompiler.unavailable();
    }

    /** The backend of {@link #some}, or none where there is no g++. */
    public static Stream<LossBackend> ifAvailable() {
        return unavailable() == null ? Stream.of(some()) : Stream.empty();
    }

    /** Some variants as they are, the others in their general form. */
    public static LossBackend some() {
        return someUnder(LaunchPolicy.DEFAULT);
    }

    /** As {@link #some}, under a launch policy. */
    public static LossBackend someUnder(LaunchPolicy policy) {
        return new CudaBackend(new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity()), policy);
    }

    /** As {@link #some}, with a piece for each of the first examples. */
    public static LossBackend inPieces() {
        return new CudaBackend(new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity()), LaunchPolicy.DEFAULT, 1);
    }

    /** As {@link #some}, but on tensors that lie in the device's memory. */
    public static LossBackend deviceResident() {
        return new DeviceResidentBackend(new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity()));
    }

    /** The same with every variant as it is. */
    public static LossBackend deviceResidentAll() {
        return new DeviceResidentBackend(new HostDevice(null, UnaryOperator.identity()));
    }

    /** The same with a bug in the text of the kernels. */
    public static LossBackend deviceResident(String right, String wrong) {
        return new DeviceResidentBackend(new HostDevice(null, text -> text.replace(right, wrong)));
    }

    /** Every variant as it is; slow, since each is compiled. */
    public static LossBackend all() {
        return new CudaBackend(new HostDevice(null, UnaryOperator.identity()), LaunchPolicy.DEFAULT);
    }

    /** As {@link #all}, under a launch policy. */
    public static LossBackend allUnder(String policy) {
        return new CudaBackend(new HostDevice(null, UnaryOperator.identity()), LaunchPolicy.parse(policy));
    }

    /** As {@link #some}, with tensors whose elements lie more than 2^31 elements apart. */
    public static LossBackend far() {
        return new CudaBackend(new FarDevice(HostVariants.SPECIAL, UnaryOperator.identity()), LaunchPolicy.DEFAULT);
    }

    /** The same with every variant as it is. */
    public static LossBackend farAll() {
        return new CudaBackend(new FarDevice(null, UnaryOperator.identity()), LaunchPolicy.DEFAULT);
    }

    /** The same, where the elements of an example are near to one another. */
    public static LossBackend farExamples() {
        return new CudaBackend(new FarDevice(null, UnaryOperator.identity(), true), LaunchPolicy.DEFAULT);
    }

    /** As {@link #far()}, with a bug in the text of the kernels. */
    public static LossBackend far(String right, String wrong) {
        return new CudaBackend(new FarDevice(HostVariants.SPECIAL, text -> text.replace(right, wrong)),
                LaunchPolicy.DEFAULT);
    }

    /** Bytes of tensors that a backend of these has copied. */
    public static long stagedBytes(LossBackend backend) {
        return ((CudaBackend) backend).stagedBytes();
    }

    /** Whether everything that a computation launches is built by default. */
    public static boolean canRun(Consumer<LossBackend> computation) {
        return launched(computation).stream().allMatch(HostVariants::isBuilt);
    }

    /** What a computation launches, in order; nothing is computed. */
    public static synchronized List<KernelVariant> launched(Consumer<LossBackend> computation) {
        SEEN.clear();
        computation.accept(PROBE);
        return List.copyOf(SEEN);
    }
}
