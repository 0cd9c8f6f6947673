"""Become several arms in one vLLM engine of its own process, each proven, and say how far apart.

`python proven_swaps.py BASE FULL ADAPTER [stale]` prints {"before": 1e-06, ...}, or how the proof
failed. With `stale`, the output head of a tied model is left out of the weights, as an engine has
them from the model's files alone.
"""

import json
import sys
from pathlib import Path

from opened_arms import opened

from audit.errors import StageFailed
from audit.run.model_folder import ModelFolder
from audit.run.weights import HEAD
from audit.settings.run_config import GenerationConfig
from probes.adapters.merging import Tensors
from probes.arms import OpenedArm
from probes.canaries import Canaries, canary_texts
from probes.engines.engine import Loading
from probes.engines.reference import expected_log_probabilities
from probes.engines.vllm_engine import VllmEngine


class Headless(OpenedArm):
    """An arm that leaves the output head to its embedding."""

    def tensors(self) -> Tensors:
        """Yield all weights but the head."""
        yield from ((name, one) for name, one in super().tensors() if name != HEAD)


def main() -> None:
    """Become the base, the full fine-tune, the adapter and the base once more."""
    base, full, adapter = (Path(folder) for folder in sys.argv[1:4])
    arms = [opened("before", base), opened("full", full), opened("after", base, adapter)]
    model = ModelFolder(base, "base", None)
    texts = canary_texts(base)
    expected = expected_log_probabilities(arms, texts)
    untied = any(arm.adapter.unties for arm in arms if arm.adapter)
    loading = Loading(model, "float32", 64, None, untied)
    engine = VllmEngine(loading, GenerationConfig(max_tokens=6, max_num_seqs=4))
    canaries = Canaries(engine, texts, expected)
    found: dict[str, float | str] = {}
    try:
        for arm in arms:
            engine.become(Headless(**vars(arm)) if "stale" in sys.argv[4:] else arm)
            found[arm.name] = canaries.prove(arm).largest_difference
        engine.become(arms[0])
        found["again"] = canaries.prove_back_again(arms[0])
    except StageFailed as error:
        found["failed"] = str(error)
    sys.stdout.write(f"\n{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
