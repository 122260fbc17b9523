#!/usr/bin/env bash
# Proves the CUDA backend on this machine's GPU.
#   check.sh [info|tests|sanitizer|nd4j|self]...     all but self by default
# Logs go to $OUT or ./out; ends with a summary, and with 1 if anything failed. With REQUIRE_ALL=1 a step that cannot be
# done here is a failure, too. Part self needs no GPU: it shows that as much of the bundle as is unpacked is whole.
set -uo pipefail
. "$(dirname "$0")/common.sh"

junit() {
    local options=()
    while [[ $1 == -D* ]]; do
        options+=("$1")
        shift
    done
    local selected=()
    local class
    for class in "$@"; do
        selected+=("--select-class=org.segloss4j.$class")
    done
    run_java "${options[@]}" org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=summary \
        --fail-if-no-tests --exclude-tag=slow --exclude-tag=exhaustive "${selected[@]}"
}

info() {
    run_java -Dsegloss4j.backend=cuda org.segloss4j.cli.Main info | tee "$OUT/info.txt"
    grep -q '^ *cuda: available' "$OUT/info.txt"
}

sanitizer() {
    local tool
    tool=$(command -v compute-sanitizer || ls "${CUDA_HOME:-/usr/local/cuda}"/bin/compute-sanitizer 2>/dev/null)
    if [ -z "$tool" ]; then
        skip sanitizer "compute-sanitizer is neither in PATH nor in CUDA_HOME"
        return
    fi
    # Once without, so that no compiler runs under the tools.
    step kernels run_java org.segloss4j.bench.gpu.EachKernel
    for check in memcheck racecheck synccheck initcheck; do
        step "$check" under "$tool" "$check"
    done
}

# Java itself must end well, too: a tool that could not attach finds no error either.
under() {
    local tool=$1 check=$2
    java_under=("$tool" --tool "$check" --error-exitcode 86 --print-limit 20 --log-file "$OUT/$check.txt")
    run_java org.segloss4j.bench.gpu.EachKernel
    local code=$?
    java_under=()
    cat "$OUT/$check.txt"
    [ $code -eq 0 ] && grep -q 'SUMMARY: 0 \(errors\|hazards\)' "$OUT/$check.txt"
}

has_nd4j() {
    [ -d "$here/lib-nd4j" ] && [ -d "$here/lib-natives" ]
}

with_nd4j() {
    CP="$here/lib-nd4j/*:$here/lib-natives/*:$here/lib-natives/classes" step "$@"
}

on_arrays() {
    junit "$@" GoldenArraysTest internal.backend.ArrayEdgesTest dl4j.SegmentationLossLayerTest \
        dl4j.LossGradientInNetworksTest
}

nd4j() {
    if has_nd4j; then
        with_nd4j nd4j on_arrays -Dsegloss4j.test.require=cuda -Dsegloss4j.backend=cuda
    else
        skip nd4j "the parts nd4j and natives are not unpacked here"
    fi
}

for part in "${@:-info tests sanitizer nd4j}"; do
    for name in $part; do
        case "$name" in
            info) step info info ;;
            tests) step tests junit -Dsegloss4j.test.require=cuda internal.cuda.RealDeviceTest \
                internal.backend.RealDeviceBackendTest internal.backend.RealDeviceCountsTest \
                internal.backend.NumericalEdgesTest GoldenConformanceTest ;;
            sanitizer) sanitizer ;;
            nd4j) nd4j ;;
            self)
                step self-tests junit internal.backend.ReferenceBackendTest internal.backend.CpuBackendTest \
                    internal.backend.NumericalEdgesTest internal.backend.HostCountsTest \
                    internal.backend.HostKernelBackendTest GoldenConformanceTest internal.cuda.RealDeviceTest
                step self-kernels run_java org.segloss4j.bench.gpu.EachKernel --host
                step self-bench run_java org.segloss4j.bench.gpu.GpuBench --host --out "$OUT/self-bench.json"
                if has_nd4j; then
                    with_nd4j self-nd4j on_arrays -Dsegloss4j.backend=cpu
                    with_nd4j self-train run_java -Dsegloss4j.backend=cpu org.segloss4j.bench.gpu.TrainCheck
                fi ;;
            *)
                echo "unknown part $name; there are info, tests, sanitizer, nd4j and self" >&2
                exit 2 ;;
        esac
    done
done
finish
