#!/usr/bin/env bash
# Packs what a machine with a GPU needs to check and time the CUDA backend: a Java runtime, the classes, their tests and
# libraries, and the scripts. Called by Maven (profile gpu-bundle), which has copied the libraries.
#   bundle.sh TARGET JAVA_HOME JVM_ARGUMENTS
set -euo pipefail
sources=$(cd "$(dirname "$0")" && pwd)
target=$1 home=$2 arguments=${3:-}

work="$target/gpu-bundle"
root="$work/segloss4j-gpu"
rm -rf "$work"
mkdir -p "$root/lib" "$root/lib-nd4j" "$root/lib-natives"

# The core needs ND4J's interfaces, but none of its native code, nor DL4J.
for jar in "$target"/gpu-bundle-lib/*.jar; do
    case "$(basename "$jar")" in
        nd4j-cuda-*|spark-co*|jackson-annotations-*|scala-library-*|hadoop-client-*) ;;
        openblas-*-linux-x86_64.jar) cp "$jar" "$root/lib-natives" ;;
        nd4j-native-[0-9]*-linux-x86_64.jar)
            # Taken apart, since a jar in the archive would not compress any more.
            mkdir "$root/lib-natives/classes"
            (cd "$root/lib-natives/classes" && "$home/bin/jar" -xf "$jar") ;;
        nd4j-native-*|openblas-*|deeplearning4j-*|fastutil-*|protobuf-*|byte-buddy-*|archunit-*|neoitertools-*|\
        commons-math3-*|commons-collections4-*|xchart-*|jline-*|resources-*)
            cp "$jar" "$root/lib-nd4j" ;;
        *) cp "$jar" "$root/lib" ;;
    esac
done

"$home/bin/jlink" --strip-debug --no-header-files --no-man-pages --output "$root/jre" --add-modules \
    java.base,java.logging,java.management,java.naming,java.sql,java.xml,jdk.management,jdk.unsupported,jdk.zipfs
cp -r "$target/classes" "$target/test-classes" "$root"
cp "$sources"/{check,bench,train-check,common}.sh "$root"
chmod +x "$root"/*.sh
echo "-Djava.awt.headless=true $arguments" > "$root/jvm.options"
git -C "$sources" describe --always --dirty --abbrev=12 > "$root/COMMIT" 2>/dev/null || echo unknown > "$root/COMMIT"

# Fast rather than small: each part must only stay below 60 MB.
pack() {
    local archive="$work/segloss4j-gpu-$1.tar.xz"
    shift
    (cd "$work" && tar -c "$@") | xz -1 -T0 > "$archive"
    if [ "$(stat -c %s "$archive")" -gt 60000000 ]; then
        echo "$archive is larger than 60 MB" >&2
        exit 1
    fi
}
pack core segloss4j-gpu/{jre,lib,classes,test-classes,jvm.options,COMMIT,check.sh,bench.sh,train-check.sh,common.sh}
pack nd4j segloss4j-gpu/lib-nd4j
pack natives segloss4j-gpu/lib-natives
rm -rf "$root" "$target/gpu-bundle-lib"
ls -l "$work"
