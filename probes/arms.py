"""Which arms does a run have, and what makes each of them itself?"""

from dataclasses import asdict, dataclass
from typing import Any

import torch

from audit import digests
from audit.config import RunConfig
from audit.model_folder import ModelFolder
from audit.run_directory import RunDirectory
from probes.adapter import (
    Adapter,
    Change,
    Tensors,
    base_tensors,
    measure_change,
    merged_tensors,
    read_adapter,
)
from probes.engine import EngineIdentity
from probes.rendering import RenderedProbe


@dataclass(frozen=True)
class Arm:
    """One model as it is asked: the base model, or the base model with an adapter."""

    name: str
    step: int | None
    adapter: Adapter | None

    def tensors(self, model: ModelFolder) -> Tensors:
        """Yield the arm's weights."""
        if self.adapter is None:
            return base_tensors(model.weight_files())
        return merged_tensors(model.weight_files(), self.adapter)

    def change(self, model: ModelFolder, dtype: str) -> Change:
        """Measure how far the arm's weights are from the base model's."""
        if self.adapter is None:
            return Change(0.0, 0.0)
        return measure_change(model.weight_files(), self.adapter, getattr(torch, dtype))


def find_arms(run: RunDirectory, with_checkpoints: bool) -> list[Arm]:  # noqa: FBT001 - the config's own word
    """Return `before`, `after` where the run has trained, and the checkpoints on the way.

    A checkpoint whose adapter is the final one is that arm already, and is left out.
    """
    arms = [Arm("before", None, None)]
    if run.adapter.is_dir():
        arms.append(Arm("after", None, read_adapter(run.adapter)))
    known = {arm.adapter.sha256 for arm in arms if arm.adapter}
    for step, folder in run.checkpoints().items() if with_checkpoints else ():
        adapter = read_adapter(folder)
        if adapter.sha256 not in known:
            arms.append(Arm(f"step-{step:04d}", step, adapter))
    return arms


def identity(
    arm: Arm,
    weights_sha256: str,
    config: RunConfig,
    rendered: list[RenderedProbe],
    probes_sha256: str,
    engine: EngineIdentity,
) -> dict[str, Any]:
    """Return everything that decides what the arm answers; only weights and adapter may differ."""
    decoding = config.generation.model_dump(
        include={"max_tokens", "temperature", "top_p", "samples", "seed", "max_num_seqs"}
    )
    return {
        "weights_sha256": weights_sha256,
        "adapter_sha256": arm.adapter.sha256 if arm.adapter else None,
        "prompts_sha256": digests.of_json([[p.probe_id, p.token_ids] for p in rendered]),
        "probes_sha256": probes_sha256,
        "decoding": decoding,
        **asdict(engine),
    }
