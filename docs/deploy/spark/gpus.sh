#!/bin/sh
# Tells Spark which GPUs a machine has: {"name":"gpu","addresses":["0","1"]}. None, where there is no driver.
set -eu
found=
if command -v nvidia-smi >/dev/null; then
    found=$(nvidia-smi --query-gpu=index --format=csv,noheader)
fi
addresses=
for index in $found; do
    addresses="$addresses${addresses:+,}\"$index\""
done
printf '{"name":"gpu","addresses":[%s]}\n' "$addresses"
