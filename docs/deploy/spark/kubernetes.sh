#!/usr/bin/env bash
# Trains on Kubernetes by spark-submit alone, without an operator. What follows the number of replicas goes to `spark-train`:
#   kubernetes.sh https://api.example.org:6443 2 --images /data/images --masks /data/masks --classes 21 --out /results/run
set -euo pipefail
server=${1:?the address of the API server}
replicas=${2:?how many replicas}
shift 2
image=${SEGLOSS4J_IMAGE:-registry.example.org/segloss4j-spark:latest}

volumes=()
for role in driver executor; do
    for volume in data=my-data results=segloss4j-results; do
        key=spark.kubernetes.$role.volumes.persistentVolumeClaim.${volume%=*}
        volumes+=(--conf "$key.mount.path=/${volume%=*}" --conf "$key.options.claimName=${volume#*=}")
    done
done

exec spark-submit \
    --master "k8s://$server" \
    --deploy-mode cluster \
    --name segloss4j \
    --class org.segloss4j.cli.Main \
    --driver-memory 4g \
    --executor-memory 12g \
    --executor-cores 8 \
    --conf spark.executor.instances="$replicas" \
    --conf spark.executor.memoryOverhead=16g \
    --conf spark.task.cpus=8 \
    --conf spark.executor.resource.gpu.amount=1 \
    --conf spark.executor.resource.gpu.vendor=nvidia.com \
    --conf spark.executor.resource.gpu.discoveryScript=/opt/segloss4j/bin/gpus \
    --conf spark.task.resource.gpu.amount=1 \
    --conf spark.authenticate=true \
    --conf spark.kubernetes.container.image="$image" \
    --conf spark.kubernetes.authenticate.driver.serviceAccountName=spark \
    "${volumes[@]}" \
    --conf "spark.driver.extraClassPath=/opt/segloss4j/lib/*" \
    --conf "spark.executor.extraClassPath=/opt/segloss4j/lib/*" \
    local:///opt/segloss4j/lib/segloss4j.jar spark-train "$@"
