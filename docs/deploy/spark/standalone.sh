#!/usr/bin/env bash
# Trains on a standalone cluster of Spark, one executor a GPU. What follows the number of replicas goes to `spark-train`:
#   standalone.sh spark://host:7077 4 --images hdfs:///images --masks hdfs:///masks --classes 21 --batch 64 --out hdfs:///one
# The distribution lies in SEGLOSS4J_HOME, on every machine at the same path.
set -euo pipefail
master=${1:?which master, such as spark://host:7077}
replicas=${2:?how many replicas}
shift 2
home=${SEGLOSS4J_HOME:?the folder of the distribution, on every machine}
cores=${SEGLOSS4J_CORES:-8}

exec spark-submit \
    --master "$master" \
    --name segloss4j \
    --class org.segloss4j.cli.Main \
    --driver-memory 4g \
    --executor-memory 12g \
    --executor-cores "$cores" \
    --total-executor-cores $((replicas * cores)) \
    --conf spark.executor.instances="$replicas" \
    --conf spark.task.cpus="$cores" \
    --conf spark.executor.resource.gpu.amount=1 \
    --conf spark.task.resource.gpu.amount=1 \
    --conf spark.dynamicAllocation.enabled=false \
    --conf "spark.driver.extraClassPath=$home/lib/*" \
    --conf "spark.executor.extraClassPath=$home/lib/*" \
    "$home/lib/segloss4j.jar" spark-train "$@"
