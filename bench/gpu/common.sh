# What the scripts of the bundle share; sourced by them.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=${OUT:-$PWD/out}
mkdir -p "$OUT"
# Compiled kernels stay with the bundle, so that they are compiled once for all that runs here.
cache=${SEGLOSS4J_CACHE:-$here/cache}
# nvcc is often installed, but not in PATH.
if ! command -v nvcc >/dev/null && [ -z "${CUDA_HOME:-}" ] && [ -x /usr/local/cuda/bin/nvcc ]; then
    export CUDA_HOME=/usr/local/cuda
fi
# The second folder is there if a newer JDK built the bundle; only in a jar would a JVM look there itself.
core="$here/classes:$here/classes/META-INF/versions/22:$here/test-classes:$here/lib/*"

# A program that runs Java, with its arguments; none if empty.
java_under=()

# Runs Java with the core on the class path; CP before it, if set.
run_java() {
    "${java_under[@]}" "$here/jre/bin/java" "@$here/jvm.options" -Xmx8g -XX:MaxDirectMemorySize=16g \
        "-Dsegloss4j.cache=$cache" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "${CP:+$CP:}$core" "$@"
}

failed=()
summary=()

# Runs a step, keeps its output in a file, and notes how it ended.
step() {
    local name=$1 begin=$SECONDS log="$OUT/$1.log"
    shift
    echo "--- $name"
    if "$@" > "$log" 2>&1; then
        summary+=("passed   $name ($((SECONDS - begin)) s)")
    else
        summary+=("FAILED   $name ($((SECONDS - begin)) s), see $log")
        failed+=("$name")
        tail -n 30 "$log"
    fi
}

# Notes a step that this machine cannot do; that is a failure if it is required.
skip() {
    if [ -n "${REQUIRE_ALL:-}" ]; then
        summary+=("FAILED   $1: $2")
        failed+=("$1")
    else
        summary+=("skipped  $1: $2")
    fi
}

finish() {
    printf '%s\n' "=== summary, $(cat "$here/COMMIT")" "${summary[@]}" | tee "$OUT/summary.txt"
    [ ${#failed[@]} -eq 0 ]
}
