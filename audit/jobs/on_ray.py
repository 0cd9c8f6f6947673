"""How do the workers of a Ray cluster ask the shards of a run, each begun again where one dies?

Ray gives every shard to whichever worker is free, with as many GPUs as one engine takes. A shard
whose worker dies goes on elsewhere from what it had answered; the run's folder must be on a file
system that all workers see.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import AuditError, InputError, Problem, StageFailed
from audit.files.lines import refuse
from audit.jobs.sharding import gather, generate_shard
from audit.run.directory import RunDirectory
from audit.run.messages import Progress, Tell
from audit.run.shard import FOLDER, Shard
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from probes.sets.library import read_probes

RESTARTS = 5
"""So often a shard is begun again whose worker died."""
SECONDS = 5.0
"""How often the answers of all shards are counted."""
ON_ONE_ENGINE = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size")


@dataclass(frozen=True)
class Ended:
    """How a shard ended, as a worker sends it: both empty where it has answered."""

    problems: tuple[Problem, ...]
    failure: str | None


def generate_on_ray(
    run: RunDirectory, parts: int, tell: Tell, *, trust_endpoints: bool
) -> dict[str, int]:
    """Ask every arm in so many shards, make one run of them, and return the answers by arm.

    The cluster is the one that RAY_ADDRESS names; without it, Ray is started on this machine.

    Raises:
        InputError: Ray is not installed or cannot be reached, or a shard cannot be asked.
        StageFailed: a shard failed, or its workers kept dying.
    """
    config = load_run_config(run.config)
    total = len(read_probes(run.probes)) * config.generation.samples
    total *= len(run.read_manifest().arms)
    with _cluster(run) as ray:
        gpus = _gpus(config) if ray.cluster_resources().get("GPU") else 0
        task = ray.remote(num_gpus=gpus, max_retries=RESTARTS)(ask_shard)
        shards = [Shard(number=number, of=parts) for number in range(1, parts + 1)]
        root = str(run.root.resolve())
        waiting = {task.remote(root, shard, trust_endpoints): shard for shard in shards}
        ended: dict[Shard, Ended] = {}
        while waiting:
            for done in ray.wait(list(waiting), timeout=SECONDS)[0]:
                ended[waiting.pop(done)] = _end(ray, done)
            tell(_progress(run, parts, total))
    refuse([problem for end in ended.values() for problem in end.problems])
    failed = [f"shard {shard}: {end.failure}" for shard, end in ended.items() if end.failure]
    if failed:
        raise StageFailed("; ".join(failed))
    with run.locked("run", wait_seconds=0):
        return gather(run)


def ask_shard(root: str, shard: Shard, trust_endpoints: bool) -> Ended:  # noqa: FBT001 - sent
    """Ask one shard; this is what a worker runs."""
    try:
        run = RunDirectory(Path(root))
        generate_shard(run, shard, lambda _: None, trust_endpoints=trust_endpoints)
    except InputError as error:
        return Ended(error.problems, None)
    except AuditError as error:
        return Ended((), str(error))
    return Ended((), None)


@contextmanager
def _cluster(run: RunDirectory) -> Iterator[Any]:
    """Return Ray's library while this program is connected to a cluster."""
    try:
        import ray
    except ImportError:
        fix = "install it: pip install 'alignment-audit[ray]'"
        raise InputError(Problem("--ray", "Ray is not installed", fix)) from None
    try:
        ray.init(log_to_driver=False, configure_logging=False, include_dashboard=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        fix = "see that RAY_ADDRESS names a cluster that is up, or unset it"
        raise InputError(Problem(str(run.root), f"no Ray cluster: {error}", fix)) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _gpus(config: RunConfig) -> int:
    """Return how many GPUs one engine takes."""
    sizes = [config.generation.vllm.get(name, 1) for name in ON_ONE_ENGINE]
    return math.prod(size for size in sizes if isinstance(size, int))


def _end(ray: Any, done: Any) -> Ended:
    try:
        end: Ended = ray.get(done)
    except ray.exceptions.RayError as error:
        return Ended((), f"its workers died {RESTARTS + 1} times, the last: {error}")
    return end


def _progress(run: RunDirectory, parts: int, total: int) -> Progress:
    """Count the answers of all shards, of all that are wanted."""
    files = (run.root / FOLDER).glob(f"*-of-{parts}/arms/*/responses.jsonl")
    done = sum(file.read_bytes().count(b"\n") for file in files)
    return Progress("asking on Ray", done, total, "answers")
