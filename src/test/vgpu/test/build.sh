#!/bin/sh
# Builds the self-test beside libcuda.so.1 in a folder.
set -e
cd "$(dirname "$0")"
out=$1
${CXX:-g++} -std=c++17 -O1 -Wall -Wextra *.cpp -o "$out/selftest" -L"$out" -lcuda -lpthread
