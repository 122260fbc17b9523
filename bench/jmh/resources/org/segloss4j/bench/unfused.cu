// What a loss takes beside cuBLAS when every step is an operation of its own: one elementwise kernel per formula.

extern "C" __global__ void softmax(const float* z, float* p, int channels, int pixels, int total)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t >= total) {
        return;
    }
    size_t at = (size_t)(t / pixels) * channels * pixels + t % pixels;
    float max = z[at];
    for (int c = 1; c < channels; c++) {
        max = fmaxf(max, z[at + (size_t)c * pixels]);
    }
    float sum = 0;
    for (int c = 0; c < channels; c++) {
        float e = expf(z[at + (size_t)c * pixels] - max);
        p[at + (size_t)c * pixels] = e;
        sum += e;
    }
    for (int c = 0; c < channels; c++) {
        p[at + (size_t)c * pixels] /= sum;
    }
}

extern "C" __global__ void product(const float* x, const float* y, float* out, long long count)
{
    long long k = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (k < count) {
        out[k] = x[k] * y[k];
    }
}

// out = a[c] * g + b[c]
extern "C" __global__ void affine(const float* g, const float* a, const float* b, float* out, int channels, int pixels,
                                  long long count)
{
    long long k = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (k < count) {
        int c = (int)(k / pixels % channels);
        out[k] = a[c] * g[k] + b[c];
    }
}

// mean = the sum over the channels of each pixel
extern "C" __global__ void channel_sum(const float* x, float* mean, int channels, int pixels, int total)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t >= total) {
        return;
    }
    size_t at = (size_t)(t / pixels) * channels * pixels + t % pixels;
    float sum = 0;
    for (int c = 0; c < channels; c++) {
        sum += x[at + (size_t)c * pixels];
    }
    mean[t] = sum;
}

// dz = p * (dp - mean)
extern "C" __global__ void backward(const float* p, const float* dp, const float* mean, float* dz, int channels,
                                    int pixels, long long count)
{
    long long k = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (k < count) {
        long long example = k / pixels / channels;
        dz[k] = p[k] * (dp[k] - mean[example * pixels + k % pixels]);
    }
}
