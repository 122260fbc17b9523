#!/usr/bin/env bash
# Submits docs/deploy/slurm/train.sbatch to the sbatch, scontrol and srun of the folder slurm, which start real
# processes: two replicas at two addresses of this machine train together; then one is killed in the middle, which ends
# the job, and SLURM's second start goes on. The network must be the one that is trained without an interruption.
#   submit-slurm.sh LAUNCHER FOLDER
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
launcher=$(realpath "$1")
folder=$2
rm -rf "$folder"
mkdir -p "$folder"
folder=$(realpath "$folder")
export PATH=$root/src/test/deploy/slurm:$PATH SEGLOSS4J=$launcher SEGLOSS4J_SECRETS=$folder FAKE_SLURM_PIDS=$folder/pid
export SEGLOSS4J_PORT=$((20000 + RANDOM % 10000))

submit() {
    local out=$1
    shift
    sbatch --nodes=2 --ntasks-per-node=1 --cpus-per-task=1 --mem-per-cpu=2G "$root/docs/deploy/slurm/train.sbatch" \
        --size 16x16 --epochs 3 --batch 40 --filters 2 --levels 1 --parts 2 --out "$out" "$@"
}

none_left() {
    [ -z "$(find "$folder" -name '.segloss4j-secret-*')" ] || { echo "the secret of the job is still there"; exit 1; }
}

echo "--- a job of two replicas"
submit "$folder/whole" 2>&1 | tee "$folder/whole.txt"
none_left
test -s "$folder/whole/model.zip" || { echo "rank 0 wrote no model"; exit 1; }

echo "--- the same, and one is killed after the first checkpoint"
submit "$folder/killed" > "$folder/killed.txt" 2>&1 &
job=$!
for ((i = 0; i < 1200; i++)); do
    [ ! -e "$folder/killed/last.zip" ] || break
    sleep 0.1
done
kill -9 "$(cat "$folder/pid.1")"
if wait $job; then
    echo "the job ended well though a replica was killed"
    exit 1
fi
none_left
tail -n 5 "$folder/killed.txt"

echo "--- SLURM starts it again"
SLURM_RESTART_COUNT=1 submit "$folder/killed" 2>&1 | tee "$folder/again.txt"

for name in whole killed; do
    unzip -p "$folder/$name/model.zip" coefficients.bin | sha256sum > "$folder/$name.sum"
done
cmp "$folder/whole.sum" "$folder/killed.sum" || { echo "the resumed network is another one"; exit 1; }
echo "the same coefficients: $(cat "$folder/whole.sum")"
