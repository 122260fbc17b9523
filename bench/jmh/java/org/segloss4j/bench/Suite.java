package org.segloss4j.bench;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.segloss4j.bench.Workload.Layout;

/** Sets of workloads that are run together, each with the contenders for whom it is meant. */
enum Suite {
    /** Seconds: does everything still run and answer rightly? */
    SMOKE {
        @Override
        List<Entry> entries() {
            return entries(List.of("2x4x16x16", "2x1x16x16"), List.of(Problem.values()), List.of(Contender.values()));
        }
    },
    /** The CPU backend against ND4J operations. */
    CPU {
        @Override
        List<Entry> entries() {
            List<Entry> all = new ArrayList<>(entries(List.of("8x19x256x256", "4x4x256x256", "8x1x512x512"),
                    List.of(Problem.values()), AGAINST_ND4J));
            all.addAll(entries(List.of("2x12x360x480", "1x150x256x256", "2x4x64x64x64", "8x3x128x128"),
                    List.of(Problem.JACCARD), AGAINST_ND4J));
            all.addAll(entries(List.of("8x3x128x128"), List.of(Problem.JACCARD), List.of(Contender.REFERENCE)));
            for (DataType element : List.of(DataType.FLOAT, DataType.BFLOAT16)) {
                all.add(new Entry(new Workload(Problem.JACCARD, new long[] {2, 12, 360, 480}, element == DataType.FLOAT
                        ? Layout.CHANNELS_LAST : Layout.CHANNELS_FIRST, element), List.of(Contender.CPU)));
            }
            return all;
        }
    },
    /** How the time grows with pixels, classes and examples. */
    GROWTH {
        @Override
        List<Entry> entries() {
            List<String> shapes = new ArrayList<>();
            for (int side = 64; side <= 4096; side *= 2) {
                shapes.add("1x4x" + side + "x" + side);
            }
            for (int classes = 1; classes <= 256; classes *= 2) {
                shapes.add("1x" + classes + "x256x256");
            }
            for (int examples = 1; examples <= 64; examples *= 2) {
                shapes.add(examples + "x8x128x128");
            }
            return entries(shapes, List.of(Problem.JACCARD), List.of(Contender.CPU));
        }
    },
    /** Whole training steps, one for each {@link Head}. */
    STEP {
        @Override
        List<Entry> entries() {
            return List.of();
        }
    },
    /** What Java and JNI take of a call of the CUDA backend, by {@link OverheadBenchmark}. */
    OVERHEAD {
        @Override
        List<Entry> entries() {
            return List.of();
        }
    },
    /** The shapes that losses on GPUs are compared with, as arrays of ND4J; gpu.json holds times of kernels. */
    GPU_ARRAYS {
        @Override
        List<Entry> entries() {
            return entries(List.of("8x19x512x512", "16x21x512x512", "4x19x1024x2048", "2x150x512x512", "64x1x512x512",
                    "2x4x128x128x128", "2x12x360x480", "8x3x128x128"),
                    List.of(Problem.JACCARD, Problem.DICE_CE_FOCAL), List.of(Contender.CUDA, Contender.CUDA_HOST,
                            Contender.JCUBLAS_UNFUSED, Contender.ND4J_BLAS));
        }
    };

    private static final List<Contender> AGAINST_ND4J = List.of(Contender.CPU, Contender.ND4J_TEXTBOOK,
            Contender.ND4J_IN_PLACE, Contender.ND4J_BLAS);

    abstract List<Entry> entries();

    static List<Entry> entries(List<String> shapes, List<Problem> problems, List<Contender> contenders) {
        List<Entry> entries = new ArrayList<>();
        for (String shape : shapes) {
            for (Problem problem : problems) {
                entries.add(new Entry(Workload.of(problem, shape, Layout.CHANNELS_FIRST, DataType.FLOAT), contenders));
            }
        }
        return entries;
    }

    /** A workload and who takes part in it. */
    record Entry(Workload workload, List<Contender> contenders) {
    }
}
