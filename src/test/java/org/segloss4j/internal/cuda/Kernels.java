package org.segloss4j.internal.cuda;

import java.util.List;
import org.segloss4j.internal.cuda.compile.KernelText;

/** Small kernels for tests. */
public final class Kernels {

    private Kernels() {
    }

    /** A kernel that takes one struct of a size and writes its first bytes where the struct points. */
    public static KernelText withStruct(int bytes) {
        return new KernelText("""
                #line 1 "small.cu"
                struct Arguments {
                    int* target;
                    char rest[REST];
                };
                extern "C" __global__ void NAME(Arguments a) {
                    a.target[threadIdx.x] = a.rest[0] + 42;
                }
                """, List.of("NAME=small_" + bytes, "REST=" + (bytes - 8)), "small_" + bytes);
    }

    /** A kernel that no compiler accepts. */
    public static KernelText broken() {
        return new KernelText("#line 7 \"broken.cu\"\nextern \"C\" __global__ void broken() { no_such_name = 1; }\n",
                List.of(), "broken");
    }
}
