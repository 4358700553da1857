#!/usr/bin/env bash
#SBATCH --job-name=tilejury-scan
#SBATCH --array=0-15
#SBATCH --cpus-per-task=8
# One task of an array scans its part of the shards: sbatch slurm.sh DATASET PARTS. The same command again does what is
# missing, so it also continues after a time limit or a lost node.
set -uo pipefail
dataset=$1
parts=$2
mkdir -p "$parts"
tilejury scan "$dataset" --out "$parts/" --jobs "${SLURM_CPUS_PER_TASK:-1}"
# 1: some tiles cannot be read; they have a row with an `error`, and the part is complete.
[ $? -le 1 ]
