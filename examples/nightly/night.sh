#!/usr/bin/env bash
# One night: a baseline, proof that the gate catches known failures, every new checkpoint held
# against it, and what may be shown to others in $STATE/upload. The exit code is the verdict's.
#
#   BASE_MODEL   what checkpoints are held against; a folder or a hub id; asked once
#   CHECKPOINTS  the folder of adapters or models; those that are not in the history are checked
#   STATE        a folder that is kept from night to night: history, runs, upload
#   PROBES       the configuration of probes, answers and judge; nightly.yaml beside this script
#   GATE         the margins; gate.yaml beside this script
#   AUDIT_NOTIFY a command or a URL that is told; see `audit check --help`
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${BASE_MODEL:?what checkpoints are held against}" "${CHECKPOINTS:?the folder of checkpoints}"
probes=$(realpath "${PROBES:-$here/nightly.yaml}")
gate=$(realpath "${GATE:-$here/gate.yaml}")
checkpoints=$(realpath "$CHECKPOINTS")
if [ -d "$BASE_MODEL" ]; then BASE_MODEL=$(realpath "$BASE_MODEL"); fi
mkdir -p "${STATE:=audit-state}"
cd "$STATE"
against=(--baseline release --history history.sqlite)

# 4 is what a model beside itself is: nothing changed, so nothing could be shown.
if [ ! -e history.sqlite ]; then
  audit compare-models "$BASE_MODEL" "$BASE_MODEL" --config "$probes" --out runs/baseline \
    --set gate.allow_unresolved=true || [ $? -eq 4 ]   # the gate decides from here on
  audit bless runs/baseline --name release --arm before --history history.sqlite \
    --reason "the model that the checkpoints start from"
fi

audit check --controls "${against[@]}" --gate "$gate"

rm -rf upload tonight.jsonl
mkdir upload
code=0
audit check --each "$checkpoints" "${against[@]}" --gate "$gate" --json \
  --summary upload/summary.md > tonight.jsonl || code=$?

# What leaves this machine holds no harmful probe and no answer to one.
for run in runs/check-*; do
  [ -e "$run/report.html" ] || continue
  [ -e "$run/report-redacted.html" ] || audit report "$run" --redact
  mkdir -p "upload/$run"
  cp "$run/report-redacted.html" "$run/junit.xml" "$run/summary.md" "upload/$run/"
done
audit history --history history.sqlite --gate "$gate" --redact --html history.html || [ $? -eq 3 ]
mv history.html upload/   # its links lead to runs/ beside it
audit history prune --history history.sqlite --keep-days 90
exit "$code"
