"""What makes an arm's answers what they are? All settings and versions but a named few."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from audit.errors import Problem
from audit.files import digests
from audit.files.lines import refuse
from audit.run.directory import RunDirectory
from audit.run.identity import UNKNOWN, Identity
from audit.run.model_folder import ModelFolder
from audit.run.weights import read_weights, refuse_other_tensors
from audit.settings.run_config import GenerationConfig
from probes.engines.engine import EngineIdentity
from probes.rendering import RenderedProbe

if TYPE_CHECKING:
    from probes.arms import OpenedArm

HARMLESS = {
    "generation.engine": "which engine answered is stated by its own name and version",
    "generation.gpu_memory_utilization": "room for what is computed, not what is computed; how "
    "many answers are written at once is bounded by max_num_seqs, which counts",
    "generation.checkpoints": "which other arms are asked",
    "generation.stop_when_decided": "which probes are asked, whose digest counts",
    "generation.noise_floor": "which other arms are asked",
    "generation.system_prompt": "stands in the rendered prompts, whose digest counts",
    "generation.chat_template_kwargs": "stand in the rendered prompts, whose digest counts",
    "generation.vllm": "stands in the settings that the engine was loaded with, which count",
    "engine.model": "where the files lie; their digests count",
    "engine.dtype": "stated as the precision",
    "engine.gpu_memory_utilization": "room, as above",
    "engine.max_model_len": "room for the longest prompt of all arms; no answer reaches it",
    "environment.VLLM_CPU_KVCACHE_SPACE": "room, as above",
    "environment.VLLM_CPU_OMP_THREADS_BIND": "where threads run; how many is stated as the device",
    "environment.VLLM_ENABLE_V1_MULTIPROCESSING": "in which process the same is computed",
    "environment.VLLM_NO_USAGE_STATS": "what is told to vLLM's makers",
    "environment.VLLM_DO_NOT_TRACK": "what is told to vLLM's makers",
    "environment.VLLM_LOGGING_LEVEL": "what is printed",
    "environment.VLLM_CONFIGURE_LOGGING": "what is printed",
    "environment.VLLM_CACHE_ROOT": "where files are kept",
    "environment.VLLM_CONFIG_ROOT": "where files are kept",
    "model.bos_token_id": "stands in the rendered prompts, whose digest counts",
    "model.eos_token_id": "counts with generation_config.json's, as the end of answers",
    "model.pad_token_id": "no answer depends on padding",
    "model._name_or_path": "where the model was saved",
    "model.transformers_version": "which version saved it; the one that reads it counts",
    "model.dtype": "the precision it was saved in; the one that it computes in counts",
    "model.torch_dtype": "the same under its former name",
    "model.use_cache": "how answers are computed, not what; both engines set it themselves",
}
"""What an answer does not depend on, or is stated elsewhere, each with its reason. All else counts:
a setting that is new here makes two arms differ until somebody has a reason to add it."""


def identity(
    arm: "OpenedArm",
    settings: GenerationConfig,
    rendered: list[RenderedProbe],
    probes_sha256: str,
    engine: EngineIdentity,
) -> Identity:
    """Return everything that decides what the arm answers; only weights and adapter may differ."""
    stated = asdict(engine)
    environment = counted("environment", stated.pop("environment"))
    loaded_with = counted("engine", stated.pop("engine_settings"))
    return Identity.model_validate(
        {
            "weights_sha256": arm.weights_sha256,
            "adapter_sha256": arm.adapter.sha256 if arm.adapter else None,
            "model_config_sha256": digests.of_json(model_config(arm.model)),
            "prompts_sha256": prompts_digest(rendered),
            "probes_sha256": probes_sha256,
            "decoding": counted("generation", settings.model_dump(mode="json")),
            "engine_settings": {**loaded_with, **environment},
            **stated,
        }
    )


def prompts_digest(rendered: Sequence[RenderedProbe]) -> str:
    """Return the sha256 of rendered prompts."""
    return digests.of_json([[probe.probe_id, probe.token_ids] for probe in rendered])


def served_identity(
    run: RunDirectory,
    settings: GenerationConfig,
    prompts: Sequence[object],
    version: str,
    served: Mapping[str, JsonValue],
) -> Identity:
    """Return what is known of a server's answers; what it adds to the prompts itself is not."""
    return Identity.model_validate(
        {
            "weights_sha256": UNKNOWN,
            "adapter_sha256": None,
            "prompts_sha256": digests.of_json(prompts),
            "probes_sha256": digests.of_files([run.probes]),
            "decoding": counted("generation", settings.model_dump(mode="json")),
            "engine": "served",
            "engine_version": version,
            "served": dict(served),
        }
    )


STATED_WHERE_SET = frozenset({"generation.thinking"})
"""What is not stated where it is not set, as by an audit that did not know it."""


def counted(part: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that are not harmless."""
    return {
        key: value
        for key, value in settings.items()
        if f"{part}.{key}" not in HARMLESS
        and not (value is None and f"{part}.{key}" in STATED_WHERE_SET)
    }


def model_config(model: ModelFolder) -> dict[str, Any]:
    """Return what counts of the model's configuration as this version of transformers reads it.

    Defaults are filled in, so that a model which another version saved again is the same model.
    """
    from transformers import AutoConfig

    read = AutoConfig.from_pretrained(model.folder, trust_remote_code=False)
    stated = counted("model", json.loads(read.to_json_string(use_diff=False)))
    return {**stated, "end of answers": _ends(model, read.eos_token_id)}


def _ends(model: ModelFolder, otherwise: Any) -> list[int]:
    """Return the tokens that end an answer: generation_config.json's, else the configuration's."""
    path = model.folder / "generation_config.json"
    if path.is_file():
        stated = json.loads(path.read_text(encoding="utf-8")).get("eos_token_id")
        otherwise = otherwise if stated is None else stated
    ends = otherwise if isinstance(otherwise, list) else [otherwise]
    return sorted(end for end in ends if end is not None)


def refuse_other_configs(arms: list["OpenedArm"], loaded: ModelFolder) -> None:
    """Refuse whole models that the loaded one does not become by its weights alone.

    Raises:
        InputError: with each such model, and what its configuration says otherwise.
    """
    expected, weights = model_config(loaded), read_weights(loaded)
    problems = []
    for folder in {arm.model.folder for arm in arms} - {loaded.folder}:
        refuse_other_tensors(ModelFolder(folder, str(folder), None), weights)
        candidate = model_config(ModelFolder(folder, str(folder), None))
        keys = expected.keys() | candidate.keys()
        others = sorted(key for key in keys if expected.get(key) != candidate.get(key))
        if others:
            what = f"its configuration differs from the baseline's in {', '.join(others)}"
            fix = "ask it in a run of its own, and bring both together with `audit import`"
            problems.append(Problem(str(folder), what, fix))
    refuse(problems)
