#!/bin/sh
# Builds libcuda.so.1 into build/ (or the folder given), for the processor of this machine or that of VGPU_MARCH.
set -e
cd "$(dirname "$0")"
out=${1:-build}
mkdir -p "$out"
flags="-std=c++17 -O3 -march=${VGPU_MARCH:-native} -ffp-contract=off -frounding-math -fno-math-errno -fno-trapping-math
       -fPIC -fvisibility=hidden -Wall -Wextra -Wno-psabi"
export out flags
stale=
for source in src/*.cpp; do
    object=$out/$(basename "$source" .cpp).o
    for each in "$source" src/*.h; do
        if [ ! -e "$object" ] || [ "$each" -nt "$object" ]; then
            stale="$stale $source"
            break
        fi
    done
done
# As many at a time as there are cores: each takes 200 MB.
printf '%s\n' $stale | xargs -r -P "$(nproc)" -I{} sh -c \
    'echo "g++ $1" && ${CXX:-g++} $flags -c "$1" -o "$out/$(basename "$1" .cpp).o"' - {}
# What is left of a source that is gone must not be linked.
objects=
for source in src/*.cpp; do
    objects="$objects $(basename "$source" .cpp).o"
done
(cd "$out" && ${CXX:-g++} -shared -Wl,-soname,libcuda.so.1 -o libcuda.so.1 $objects -lpthread)
ln -sf libcuda.so.1 "$out/libcuda.so"
