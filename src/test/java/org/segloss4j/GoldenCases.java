package org.segloss4j;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Sums;

/** The recorded cases, and how one is checked: the committed ones, or those of the folder {@code segloss4j.golden}. */
final class GoldenCases implements AutoCloseable {

    static final String FOLDER = System.getProperty("segloss4j.golden", "");
    static final ObjectMapper JSON = new ObjectMapper();
    private final List<FileSystem> archives = new ArrayList<>();
    private final List<GoldenCase> cases = new ArrayList<>();

    GoldenCases() throws IOException, URISyntaxException {
        if (!FOLDER.isEmpty()) {
            addCases(Path.of(FOLDER));
            return;
        }
        for (String archive : List.of("keras_sm_losses", "keras_sm_others", "peers", "libraries")) {
            URI file = GoldenCases.class.getResource("/golden/" + archive + ".zip").toURI();
            FileSystem zip = FileSystems.newFileSystem(Path.of(file));
            archives.add(zip);
            addCases(zip.getPath("/"));
        }
    }

    @Override
    public void close() throws IOException {
        for (FileSystem archive : archives) {
            archive.close();
        }
    }

    private void addCases(Path folder) throws IOException {
        JsonNode manifest = JSON.readTree(Files.readAllBytes(folder.resolve("manifest.json")));
        manifest.get("cases").forEach(json -> cases.add(new GoldenCase(folder, json)));
    }

    List<GoldenCase> all() {
        return cases;
    }

    /** How a case is put to a backend. */
    interface Call {
        Sums sums(boolean perImage);

        double value();

        /** In the order of the peer's. */
        double[] gradient();
    }

    /** The way to a backend. */
    interface Door {
        Call call(LossSpec spec, GoldenCase golden, LossBackend backend) throws IOException;
    }

    /** As a user of ND4J goes. */
    static Call throughArrays(LossSpec spec, GoldenCase golden, LossBackend backend) throws IOException {
        LossCall call = new LossCall(spec, golden.batch(backend instanceof ReferenceBackend ? DataType.DOUBLE
                : DataType.FLOAT).arrays(), backend);
        return new Call() {
            @Override
            public Sums sums(boolean perImage) {
                return call.sums(perImage);
            }

            @Override
            public double value() {
                return call.value();
            }

            @Override
            public double[] gradient() {
                INDArray gradient = call.newGradient();
                call.valueAndGradient(1, gradient);
                return gradient.castTo(DataType.DOUBLE).dup('c').data().asDouble();
            }
        };
    }

    /** Without an array library. */
    static Call throughTensors(LossSpec spec, GoldenCase golden, LossBackend backend) throws IOException {
        Batch batch = golden.tensors(backend instanceof ReferenceBackend ? ElementType.DOUBLE : ElementType.FLOAT);
        Tensor p = batch.predictions();
        return new Call() {
            @Override
            public Sums sums(boolean perImage) {
                return backend.sums(Job.sums(spec, batch, perImage));
            }

            @Override
            public double value() {
                Job job = Job.sums(spec, batch, spec.needsSumsPerImage());
                return job.value(backend.sums(job)) + separate(job);
            }

            private double separate(Job job) {
                return spec.separate().stream().mapToDouble(term -> backend.addSeparate(job, term)).sum();
            }

            @Override
            public double[] gradient() {
                double[] unwritten = new double[Math.toIntExact(p.examples() * p.channels() * p.pixels())];
                Arrays.fill(unwritten, Double.NaN);
                Tensor gradient = golden.tensor(unwritten, p.type(), p.examples(), p.channels(), p.pixels());
                Job job = Job.gradient(spec, batch, 1, gradient);
                backend.enqueueValueAndGradient(job).getAsDouble();
                separate(job);
                return golden.inOrderOfFile(gradient);
            }
        };
    }

    /** What is wrong, or null. The reference must agree to 1e-9, a float backend within twice the peer's own error. */
    static String failure(GoldenCase golden, LossBackend backend, Door door) throws IOException {
        // First of all whether the catalogue has it: the files of other cases may be in any form.
        boolean isMetric = golden.isMetric();
        SegmentationMetric metric = isMetric ? golden.metric() : null;
        LossSpec spec = isMetric ? LossInternals.spec(metric) : LossInternals.spec(golden.loss());
        boolean exact = backend instanceof ReferenceBackend;
        double expected = golden.score();
        double bound = exact ? 1e-9 * Math.max(1, Math.abs(expected)) : golden.floatBound();
        Call call = door.call(spec, golden, backend);
        if (isMetric) {
            return difference("metric", Finalisation.score(metric.settings().term(),
                    call.sums(metric.settings().perImage())), expected, bound);
        }
        String failure = difference("value", call.value(), expected, bound);
        if (failure != null || !golden.hasGradient()) {
            return failure;
        }
        double[] truth = golden.gradient().values();
        double[] ours = call.gradient();
        if (ours.length != truth.length) {
            return "gradient has " + ours.length + " elements, expected " + truth.length;
        }
        double largest = 0;
        double error = 0;
        for (int k = 0; k < ours.length; k++) {
            largest = Math.max(largest, Math.abs(truth[k]));
            // Not Math.max alone: a NaN must not hide behind it.
            error = Double.isNaN(ours[k]) || Double.isNaN(error) ? Double.NaN
                    : Math.max(error, Math.abs(ours[k] - truth[k]));
        }
        double gradientBound = exact ? 1e-9 * Math.max(1, largest) : golden.floatGradientBound();
        return error <= gradientBound ? null : "gradient is off by " + error + ", allowed is " + gradientBound;
    }

    private static String difference(String what, double ours, double expected, double bound) {
        return Math.abs(ours - expected) <= bound ? null
                : what + " is " + ours + ", expected " + expected + " ± " + bound;
    }
}
