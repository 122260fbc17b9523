package org.segloss4j.bench;

import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.Sizeof;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossResult;

/**
 * The Jaccard loss as somebody writes it with JCuda who fuses nothing: a kernel per formula, sums over the pixels as
 * products of cuBLAS with a vector of ones, and what is left per class on the host. Its arrays are on the device.
 */
final class JcublasUnfused implements LossRun {

    private final Workload workload;
    private final UnfusedKernels kernels = new UnfusedKernels();
    private final cublasHandle blas = new cublasHandle();
    private final List<CUdeviceptr> allocated = new ArrayList<>();
    private final int channels;
    private final int pixels;
    private final int rows;
    private final long count;
    private final CUdeviceptr z;
    private final CUdeviceptr g;
    private final CUdeviceptr p;
    private final CUdeviceptr scratch;
    private final CUdeviceptr dp;
    private final CUdeviceptr dz;
    private final CUdeviceptr mean;
    private final CUdeviceptr ones;
    private final CUdeviceptr sums;
    private final CUdeviceptr a;
    private final CUdeviceptr b;

    JcublasUnfused(Workload workload) {
        this.workload = workload;
        channels = workload.channels();
        pixels = Math.toIntExact(workload.pixels());
        rows = Math.toIntExact(workload.examples() * channels);
        count = workload.elements();
        JCublas2.setExceptionsEnabled(true);
        JCublas2.cublasCreate(blas);
        z = upload(workload.logits().data().asFloat());
        g = upload(workload.oneHot().data().asFloat());
        p = allocate(count);
        scratch = allocate(count);
        dp = allocate(count);
        dz = allocate(count);
        mean = allocate(count / channels);
        float[] one = new float[pixels];
        java.util.Arrays.fill(one, 1);
        ones = upload(one);
        sums = allocate(rows);
        a = allocate(channels);
        b = allocate(channels);
    }

    /** The value; the gradient stays on the device. */
    @Override
    public LossResult run() {
        kernels.launch("softmax", count / channels, Pointer.to(z), Pointer.to(p), number(channels), number(pixels),
                number((int) (count / channels)));
        kernels.launch("product", count, Pointer.to(g), Pointer.to(p), Pointer.to(scratch), number(count));
        RegionTable table = new RegionTable(workload.problem(), classSums(scratch), classSums(p), classSums(g));
        copy(a, table.a());
        copy(b, table.b());
        kernels.launch("affine", count, Pointer.to(g), Pointer.to(a), Pointer.to(b), Pointer.to(dp), number(channels),
                number(pixels), number(count));
        kernels.launch("product", count, Pointer.to(p), Pointer.to(dp), Pointer.to(scratch), number(count));
        kernels.launch("channel_sum", count / channels, Pointer.to(scratch), Pointer.to(mean), number(channels),
                number(pixels), number((int) (count / channels)));
        kernels.launch("backward", count, Pointer.to(p), Pointer.to(dp), Pointer.to(mean), Pointer.to(dz),
                number(channels), number(pixels), number(count));
        JCudaDriver.cuCtxSynchronize();
        return new LossResult(table.value(), null);
    }

    @Override
    public LossResult answer() {
        double value = run().value();
        float[] gradient = new float[Math.toIntExact(count)];
        JCudaDriver.cuMemcpyDtoH(Pointer.to(gradient), dz, count * Sizeof.FLOAT);
        INDArray array = Nd4j.createFromArray(gradient).reshape(workload.shape());
        return new LossResult(value, array);
    }

    @Override
    public void close() {
        allocated.forEach(JCudaDriver::cuMemFree);
        JCublas2.cublasDestroy(blas);
        kernels.close();
    }

    /** Sums over examples and pixels: the matrix [N·C, S], which is [S, N·C] by columns, times ones. */
    private double[] classSums(CUdeviceptr x) {
        JCublas2.cublasSgemv(blas, cublasOperation.CUBLAS_OP_T, pixels, rows, Pointer.to(new float[] {1}), x, pixels,
                ones, 1, Pointer.to(new float[] {0}), sums, 1);
        float[] each = new float[rows];
        JCudaDriver.cuMemcpyDtoH(Pointer.to(each), sums, (long) rows * Sizeof.FLOAT);
        double[] perClass = new double[channels];
        for (int k = 0; k < rows; k++) {
            perClass[k % channels] += each[k];
        }
        return perClass;
    }

    private static void copy(CUdeviceptr to, double[] values) {
        float[] floats = new float[values.length];
        for (int k = 0; k < floats.length; k++) {
            floats[k] = (float) values[k];
        }
        JCudaDriver.cuMemcpyHtoD(to, Pointer.to(floats), (long) floats.length * Sizeof.FLOAT);
    }

    private CUdeviceptr upload(float[] values) {
        CUdeviceptr pointer = allocate(values.length);
        JCudaDriver.cuMemcpyHtoD(pointer, Pointer.to(values), (long) values.length * Sizeof.FLOAT);
        return pointer;
    }

    private CUdeviceptr allocate(long floats) {
        CUdeviceptr pointer = new CUdeviceptr();
        JCudaDriver.cuMemAlloc(pointer, floats * Sizeof.FLOAT);
        allocated.add(pointer);
        return pointer;
    }

    private static Pointer number(int value) {
        return Pointer.to(new int[] {value});
    }

    private static Pointer number(long value) {
        return Pointer.to(new long[] {value});
    }
}
