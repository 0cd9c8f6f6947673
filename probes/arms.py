"""Which arms does a run have, and what makes each of them itself?"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from audit.files import digests
from audit.run.directory import AGAIN, RunDirectory
from audit.run.model_folder import ModelFolder
from audit.settings.run_config import RunConfig
from probes.adapter import (
    Adapter,
    Change,
    Tensors,
    base_tensors,
    measure_change,
    merged_tensors,
    read_adapter,
)
from probes.engines.engine import EngineIdentity
from probes.rendering import RenderedProbe


@dataclass(frozen=True)
class Arm:
    """One model as it is asked: a base model, or a base model with an adapter."""

    name: str
    step: int | None
    model: ModelFolder
    weights_sha256: str
    adapter: Adapter | None

    def tensors(self) -> Tensors:
        """Yield the arm's weights."""
        if self.adapter is None:
            return base_tensors(self.model.weight_files())
        return merged_tensors(self.model.weight_files(), self.adapter)

    def change(self, dtype: str) -> Change:
        """Measure how far the adapter takes the arm's weights from its base model's."""
        if self.adapter is None:
            return Change(0.0, 0.0)
        return measure_change(self.model.weight_files(), self.adapter, getattr(torch, dtype))


def find_arms(run: RunDirectory, *, with_again: bool, with_checkpoints: bool) -> list[Arm]:
    """Return the arms of a check, or of a training: before, after, the checkpoints on the way.

    With again, `before` is asked a second time, in other batch shapes.

    A checkpoint whose adapter is the final one is that arm already, and is left out.
    """
    manifest = run.read_manifest()
    if "subjects" in manifest:
        return [_subject(name, subject) for name, subject in manifest["subjects"].items()]
    base = manifest["model"]
    model, sha256 = ModelFolder.of_record(base), base["weights_sha256"]
    arms = [Arm("before", None, model, sha256, None)]
    if with_again:
        arms.append(Arm(AGAIN, None, model, sha256, None))
    if run.adapter.is_dir():
        arms.append(Arm("after", None, model, sha256, read_adapter(run.adapter)))
    known = {arm.adapter.sha256 for arm in arms if arm.adapter}
    for step, folder in run.checkpoints().items() if with_checkpoints else ():
        adapter = read_adapter(folder)
        if adapter.sha256 not in known:
            arms.append(Arm(f"step-{step:04d}", step, model, sha256, adapter))
    return arms


def _subject(name: str, subject: dict[str, Any]) -> Arm:
    model = ModelFolder.of_record(subject["model"])
    adapter = read_adapter(Path(subject["adapter"])) if subject["adapter"] else None
    return Arm(name, subject["step"], model, subject["model"]["weights_sha256"], adapter)


def identity(
    arm: Arm,
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
        "weights_sha256": arm.weights_sha256,
        "adapter_sha256": arm.adapter.sha256 if arm.adapter else None,
        "prompts_sha256": digests.of_json([[p.probe_id, p.token_ids] for p in rendered]),
        "probes_sha256": probes_sha256,
        "decoding": decoding,
        **asdict(engine),
    }
