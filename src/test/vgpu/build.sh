#!/bin/sh
# Builds libcuda.so.1 into build/ (or the folder given), for the processor of this machine.
set -e
cd "$(dirname "$0")"
out=${1:-build}
mkdir -p "$out"
flags="-std=c++17 -O3 -march=${VGPU_MARCH:-native} -ffp-contract=off -frounding-math -fno-math-errno -fno-trapping-math
       -fPIC -fvisibility=hidden -Wall -Wextra -Wno-psabi"
objects=
jobs=
for source in src/*.cpp; do
    object=$out/$(basename "$source" .cpp).o
    objects="$objects $object"
    stale=
    for header in src/*.h; do
        [ "$header" -nt "$object" ] && stale=1
    done
    if [ -n "$stale" ] || [ ! -e "$object" ] || [ "$source" -nt "$object" ]; then
        echo "g++ $source"
        ${CXX:-g++} $flags -c "$source" -o "$object" &
        jobs="$jobs $!"
    fi
done
for job in $jobs; do
    wait "$job"
done
${CXX:-g++} -shared -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1" $objects -lpthread
ln -sf libcuda.so.1 "$out/libcuda.so"
