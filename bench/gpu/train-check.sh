#!/usr/bin/env bash
# Trains a small network with nd4j-cuda and the CUDA backend: nothing of logits, labels or gradient may pass through the
# host, and the losses must be those of a run whose loss is computed by the CPU backend.
#   train-check.sh STACK
# STACK is a folder with an nd4j-cuda that has code for this GPU, and DL4J: STACK/bin/run.sh must run a Java class with
# them, and take more of the class path from CPX and more JVM arguments from JOPTS. The bundle must have been built
# against the DL4J of that folder (-Ddl4j.version=1.0.0-M1.1).
set -uo pipefail
. "$(dirname "$0")/common.sh"
stack=${1:-}
if [ ! -x "$stack/bin/run.sh" ]; then
    echo "usage: train-check.sh STACK, where STACK/bin/run.sh runs a Java class with nd4j-cuda; \"$stack\" has none" >&2
    exit 2
fi

own=$(basename "$here"/lib/nd4j-api-*.jar)
found=$(find "$stack/" -name 'nd4j-api-*.jar' -printf '%f ')
if [[ " $found" != *" $own "* ]]; then
    echo "the bundle was built against $own, but \"$stack\" holds ${found:-none}" >&2
    exit 2
fi

# Behind the stack's own libraries, which must come first.
on_stack() {
    CPX="$core" JOPTS="-Dsegloss4j.cache=$cache $1" "$stack/bin/run.sh" 11 shim \
        org.segloss4j.bench.gpu.TrainCheck "${@:2}"
}

step train-cpu-loss on_stack -Dsegloss4j.backend=cpu --out "$OUT/train-cpu.json"
step train on_stack -Dsegloss4j.backend=cuda --device --out "$OUT/train-cuda.json" --compare "$OUT/train-cpu.json"
cat "$OUT/train-cuda.json" 2>/dev/null
echo
finish
