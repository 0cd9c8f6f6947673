#!/usr/bin/env bash
# Ask a run's probes in eight parts, as an array of jobs on a shared file system:
#   jobs=$(sbatch --parsable --array=1-8 examples/cluster/slurm.sh runs/mine)
#   sbatch --dependency=afterok:$jobs --wrap "audit gather runs/mine && audit score runs/mine"
# Ask all parts on one kind of GPU: answers of different devices are refused when they are gathered.
#SBATCH --job-name=audit-shard
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=8
#SBATCH --mem=64G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
set -euo pipefail
run=${1:?name the run directory}
# A part that was stopped goes on where it was: run the same command again.
exec audit generate "$run" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
