#!/usr/bin/env bash
# Times the CUDA backend on this machine's GPU; the results are $OUT/gpu.json (or ./out/gpu.json) and tables at the end.
# Arguments go to the program: --quick leaves out the sweep over launch policies, --shapes 8x19x512x512,2x150x512x512
# takes only some shapes, --host takes no GPU at all, but tiny shapes, to show that the program runs.
set -uo pipefail
. "$(dirname "$0")/common.sh"

driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -n 1)
set -o pipefail
# Tables hold signs that not every locale has.
run_java -Dsun.stdout.encoding=UTF-8 -Dstdout.encoding=UTF-8 \
    "-Dbench.commit=$(cat "$here/COMMIT")" "-Dbench.driver=${driver:-unknown}" "-Dbench.command=bench.sh $*" \
    org.segloss4j.bench.gpu.GpuBench --out "$OUT/gpu.json" "$@" 2>&1 | tee "$OUT/bench.log"
