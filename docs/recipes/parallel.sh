#!/usr/bin/env bash
# Scans a dataset with GNU parallel: parallel.sh DATASET PARTS [WORKERS [N]], in N parts. Workers on other machines:
# add --sshlogin to parallel, and give paths that they share. The same command again does what is missing.
set -uo pipefail
export dataset=$1 parts=$2
workers=${3:-2}
export n=${4:-16}
mkdir -p "$parts"
scan() {
    tilejury scan "$dataset" --part "$1/$n" --out "$parts/" --jobs 1
    # 1: some tiles cannot be read; they have a row with an `error`, and the part is complete.
    [ $? -le 1 ]
}
export -f scan
seq 0 $((n - 1)) | parallel --jobs "$workers" scan {}
