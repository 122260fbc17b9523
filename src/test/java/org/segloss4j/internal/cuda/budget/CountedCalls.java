package org.segloss4j.internal.cuda.budget;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cuda.AssemblerReport;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.cuda.CudaBackend;
import org.segloss4j.internal.cuda.PtxRegisters;
import org.segloss4j.internal.cuda.RealBackends;
import org.segloss4j.internal.cuda.UnusedMemoryDevice;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.Target;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/**
 * Computes value and gradient of cases on the interpreting driver that this JVM was started with, each with two numbers
 * of examples, and prints what the launches took, a line of JSON for each case.
 */
final class CountedCalls {

    /** Examples of the smaller run; the larger one has twice as many. */
    static final int EXAMPLES = 2;
    /** Of the device: few, so that little data fills it. */
    static final int MULTIPROCESSORS = 4;
    /** Before each line that is meant for the process that started this one. */
    static final String MARK = "counted ";

    private static final ObjectMapper JSON = new ObjectMapper();

    private CountedCalls() {
    }

    /** The counters' file, then names of cases. */
    public static void main(String[] args) throws IOException {
        Path counters = Path.of(args[0]);
        List<BudgetCase> cases = Stream.of(args).skip(1).map(BudgetCase::named).toList();
        // One after the other they would take minutes where none is in the cache.
        cases.stream().flatMap(each -> variants(each).stream()).distinct().toList().parallelStream()
                .forEach(variant -> Occupancy.CAPABILITIES.forEach(capability -> ptx(variant, capability)));
        LossBackend backend = RealBackends.backend();
        for (BudgetCase each : cases) {
            System.out.println(MARK + JSON.writeValueAsString(count(each, backend, counters)));
        }
    }

    private static KernelImage ptx(KernelVariant variant, int capability) {
        return CudaAvailability.compilers().compile(KernelText.of(variant), Target.ptx(capability));
    }

    private static Counted count(BudgetCase each, LossBackend backend, Path counters) throws IOException {
        Map<String, Map<Integer, AssemblerReport>> assembled = new TreeMap<>();
        String compiler = null;
        for (KernelVariant variant : variants(each)) {
            Map<Integer, AssemblerReport> reports = new TreeMap<>();
            for (int capability : Occupancy.CAPABILITIES) {
                KernelImage ptx = ptx(variant, capability);
                compiler = ptx.origin().replace(", from the cache", "");
                reports.put(capability, PtxRegisters.of(ptx, compiler));
            }
            assembled.put(variant.symbol(), reports);
        }
        return new Counted(each.name(), compiler, launches(backend, each, EXAMPLES, counters),
                launches(backend, each, 2 * EXAMPLES, counters), assembled);
    }

    /** The kernels of a case. */
    private static List<KernelVariant> variants(BudgetCase each) {
        List<KernelVariant> all = new ArrayList<>();
        compute(new CudaBackend(new UnusedMemoryDevice() {
            @Override
            public int multiprocessors() {
                return MULTIPROCESSORS;
            }

            @Override
            public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
                all.add(variant);
            }
        }, LaunchPolicy.configured()), each, EXAMPLES);
        return all;
    }

    private static List<Launch> launches(LossBackend backend, BudgetCase each, int examples, Path counters)
            throws IOException {
        Files.deleteIfExists(counters);
        compute(backend, each, examples);
        List<Launch> launches = new ArrayList<>();
        for (String line : Files.readAllLines(counters, StandardCharsets.UTF_8)) {
            launches.add(Launch.of(line));
        }
        return launches;
    }

    private static void compute(LossBackend backend, BudgetCase each, int examples) {
        Job job = Job.gradient(each.spec(), each.batch(examples), 1, each.gradient(examples))
                .counting(each.counting());
        if (job.counting() != null || !job.spec().needsNoSweeps()) {
            backend.valueAndGradient(job);
        }
        job.spec().separate().forEach(term -> backend.addSeparate(job, term));
    }
}
