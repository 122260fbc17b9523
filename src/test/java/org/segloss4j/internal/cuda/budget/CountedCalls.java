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
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.LossInternals;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cuda.AssemblerReport;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.cuda.CudaBackend;
import org.segloss4j.internal.cuda.RealBackends;
import org.segloss4j.internal.cuda.UnusedMemoryDevice;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.KernelText;
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
    /** Before each line that is meant for the process that started this one. */
    static final String MARK = "counted ";

    private static final ObjectMapper JSON = new ObjectMapper();

    private CountedCalls() {
    }

    /** One case. */
    record Counted(String name, String compiler, List<Launch> once, List<Launch> twice,
                   Map<String, Map<String, AssemblerReport>> assembled) {
    }

    /** The counters' file, then names of cases. */
    public static void main(String[] args) throws IOException {
        Path counters = Path.of(args[0]);
        LossBackend backend = RealBackends.backend();
        for (BudgetCase each : BudgetCase.ALL) {
            if (List.of(args).contains(each.name())) {
                Map<String, KernelVariant> variants = variants(each);
                List<Launch> once = count(backend, each, EXAMPLES, counters);
                List<Launch> twice = count(backend, each, 2 * EXAMPLES, counters);
                Map<String, Map<String, AssemblerReport>> assembled = new TreeMap<>();
                String compiler = "";
                for (Launch launch : once) {
                    KernelText text = KernelText.of(variants.get(launch.kernel()));
                    KernelImage image = CudaAvailability.compilers().load(text, 81, i -> i);
                    compiler = image.origin().replace(", from the cache", "");
                    assembled.put(launch.kernel(), Map.of("80", Registers.of(image, 80), "90",
                            Registers.of(CudaAvailability.compilers().load(text, 91, i -> i), 90)));
                }
                System.out.println(MARK + JSON.writeValueAsString(new Counted(each.name(), compiler, once, twice,
                        assembled)));
            }
        }
    }

    private static Map<String, KernelVariant> variants(BudgetCase each) {
        Map<String, KernelVariant> all = new TreeMap<>();
        compute(new CudaBackend(new UnusedMemoryDevice() {
            @Override
            public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
                all.put(variant.symbol(), variant);
            }
        }, LaunchPolicy.configured()), each, EXAMPLES);
        return all;
    }

    private static void compute(LossBackend backend, BudgetCase each, int examples) {
        backend.valueAndGradient(Job.gradient(LossInternals.spec(each.loss()), each.batch(examples), 1,
                each.gradient(examples)));
    }

    private static List<Launch> count(LossBackend backend, BudgetCase each, int examples, Path counters)
            throws IOException {
        Files.deleteIfExists(counters);
        compute(backend, each, examples);
        List<Launch> launches = new ArrayList<>();
        for (String line : Files.readAllLines(counters, StandardCharsets.UTF_8)) {
            launches.add(Launch.of(line));
        }
        return launches;
    }
}
