"""Does everything that an answer may depend on count, unless somebody gave a reason why not?"""

import json
import os
import subprocess
import sys
from pathlib import Path

from opened_arms import opened

from audit.run.identity import Identity, differing
from audit.settings.run_config import GenerationConfig
from probes.engines.engine import EngineIdentity
from probes.identity import HARMLESS, identity
from probes.rendering import RenderedProbe

PROGRAM = """
import json, os
import probes.engines.loading
os.environ["VLLM_DIST_IDENT"] = "of this process alone"
from probes.engines.environment import ENVIRONMENT
print(json.dumps(ENVIRONMENT))
"""


class NewSettings(GenerationConfig):
    """Settings of a later version, with one that nobody has listed anywhere."""

    thinking_budget: int = 64


def _identity(
    model: Path, settings: GenerationConfig, loaded_with: dict[str, object], *variables: str
) -> Identity:
    engine = EngineIdentity(
        engine="vllm",
        engine_version="0",
        precision="float32",
        device="cpu",
        adapters="merged",
        engine_settings=loaded_with,
        environment=dict.fromkeys(variables, "1"),
        versions={"torch": "0"},
    )
    return identity(opened("a", model), settings, [RenderedProbe("p", [1])], "0", engine)


def test_a_setting_that_nobody_listed_counts(tiny_model: Path) -> None:
    """A new setting of generation, engine or environment makes two arms differ, by its name."""
    plain = _identity(tiny_model, GenerationConfig(), {"enforce_eager": True})
    assert differing(plain, plain) == []
    others = {
        "decoding.thinking_budget": _identity(tiny_model, NewSettings(), {"enforce_eager": True}),
        "engine_settings.kernel": _identity(
            tiny_model, GenerationConfig(), {"enforce_eager": True, "kernel": "made up"}
        ),
        "engine_settings.VLLM_MADE_UP": _identity(
            tiny_model, GenerationConfig(), {"enforce_eager": True}, "VLLM_MADE_UP"
        ),
    }
    assert {name: differing(plain, other) for name, other in others.items()} == {
        name: [name] for name in others
    }


def test_what_is_harmless_has_a_reason_and_is_left_out(tiny_model: Path) -> None:
    """Settings of the list change no identity; each names something that is there, and why."""
    first = _identity(tiny_model, GenerationConfig(), {"model": "/a"}, "VLLM_CACHE_ROOT")
    other = GenerationConfig(gpu_memory_utilization=0.5, noise_floor=False, checkpoints=False)
    assert differing(first, _identity(tiny_model, other, {"model": "/b"})) == []
    assert all(reason.strip() for reason in HARMLESS.values())
    listed = {name.split(".")[1] for name in HARMLESS if name.startswith("generation.")}
    assert listed < set(GenerationConfig.model_fields)


def test_only_the_operators_variables_count_and_no_secret() -> None:
    """What vLLM sets for one process, and what may be a key, is not stated."""
    given = {"VLLM_ATTENTION_BACKEND": "X", "VLLM_API_KEY": "secret"}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **given},
    )
    stated = json.loads(result.stdout.splitlines()[-1])
    assert stated["VLLM_ATTENTION_BACKEND"] == "X"
    assert not {"VLLM_API_KEY", "VLLM_DIST_IDENT"} & set(stated)
