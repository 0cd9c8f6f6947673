"""How does vLLM answer as one arm after another, without being loaded again?"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# One process is enough here and saves a second import of vLLM; the CPU build otherwise leaves a
# core idle. Both must stand before vLLM is imported, and an operator's own setting wins.
os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", f"0-{(os.cpu_count() or 1) - 1}")
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")

import torch
import vllm
from safetensors.torch import save_file
from vllm.inputs import TokensPrompt
from vllm.lora.request import LoRARequest

from audit.errors import InputError, Problem
from audit.files.borders import one_line
from audit.settings.run_config import GenerationConfig, ThinkingConfig
from probes.adapters.merging import Tensors
from probes.arms import OpenedArm
from probes.engines.engine import Answer, EngineIdentity, FinishReason, Loading, Question
from probes.engines.environment import ENVIRONMENT
from probes.engines.hardware import device_name, library_versions
from probes.engines.openings import LISTED, refusal_log_odds
from probes.engines.taking_on import way_of_vllm
from probes.thinking import first_of_answer, parted

CPU_MEMORY_SHARE = 0.5
ONE_PROCESS = "uni"
WORKERS = ("tensor_parallel_size", "pipeline_parallel_size")
SETTINGS = ("*.json", "*.jinja", "*.model", "*.txt")
FILE_BYTES = 4_000_000_000
Held = tuple[Path, Path | None]
"""Which model folder an engine holds, and which adapter in it."""
LORA_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM's max_lora_rank may have."""


class VllmEngine:
    """vLLM with weights that are replaced in place, or with adapters beside them."""

    def __init__(self, loading: Loading, settings: GenerationConfig) -> None:
        loaded_with = vllm_settings(
            loading.model.folder,
            loading.dtype,
            settings.gpu_memory_utilization,
            max_model_len=loading.longest + settings.max_tokens,
            max_num_seqs=settings.max_num_seqs,
            seed=settings.seed,
            **_lora_settings(loading.lora_rank),
            **_untied_settings(loading),
            **_thinking_settings(settings.thinking),
            **_own_settings(settings.vllm),
        )
        in_one_process = loaded_with["distributed_executor_backend"] == ONE_PROCESS
        self.taken_on = way_of_vllm(loading, in_one_process=in_one_process)
        self._anew = self.taken_on.way == "engine of its own"
        if self._anew:  # only the end of a process surely gives back all that an engine holds
            os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "1"
        self._loaded_with, self._own = loaded_with, settings.vllm
        self._llm = _loaded(loaded_with, settings.vllm)
        self._holds: Held | None = None if loading.untied else (loading.model.folder, None)
        self._folder: TemporaryDirectory[str] | None = None
        self._adapter: LoRARequest | None = None
        self._adapters_used = 0
        self.identity = EngineIdentity(
            engine="vllm",
            engine_version=vllm.__version__,
            precision=loading.dtype,
            device=device_name(),
            adapters="merged" if loading.lora_rank is None else "requested",
            engine_settings={**loaded_with, "end_tokens": _end_tokens(self._llm)},
            environment=ENVIRONMENT,
            versions=library_versions(),
        )

    def become(self, arm: OpenedArm) -> None:
        """Replace all weights by the arm's, or request its adapter beside the loaded ones.

        What was computed as another arm is forgotten.
        """
        if self.identity.adapters == "requested":
            self._adapter = self._request(arm.adapter.folder) if arm.adapter else None
        elif self._anew:
            self._start_with(arm)
        else:
            self._reload(arm)
        self._llm.reset_prefix_cache()

    def _start_with(self, arm: OpenedArm) -> None:
        """End the engine and start another with the arm's weights, unless it has them already."""
        wanted = (arm.model.folder, arm.adapter.folder if arm.adapter else None)
        if wanted == self._holds:
            return
        self._llm.llm_engine.engine_core.shutdown()
        if self._folder:
            self._folder.cleanup()
        self._folder = TemporaryDirectory(prefix="audit-model-")
        folder = Path(self._folder.name)
        copy_settings(Path(self._loaded_with["model"]), folder)
        save_weights(arm.tensors(), folder)
        own = {"model": str(folder), "load_format": "safetensors"}
        self._llm = _loaded({**self._loaded_with, **own}, self._own)
        self._holds = wanted

    def _reload(self, arm: OpenedArm) -> None:
        """Replace all weights; workers in processes of their own read them from a folder."""
        if self.taken_on.way == "swapped in place":
            self._llm.collective_rpc("reload_weights", kwargs={"weights_iterator": arm.tensors()})
            return
        with TemporaryDirectory(prefix="audit-weights-") as folder:
            save_weights(arm.tensors(), Path(folder))
            self._llm.collective_rpc("reload_weights", kwargs={"weights_path": folder})

    def log_probabilities(self, texts: list[list[int]]) -> list[float]:
        """Return the log-probability of each token given those before it, text after text."""
        prompts = [TokensPrompt(prompt_token_ids=text) for text in texts]
        reading = vllm.SamplingParams(max_tokens=1, temperature=0.0, prompt_logprobs=0)
        outputs = self._llm.generate(prompts, reading, use_tqdm=False, lora_request=self._adapter)
        return [
            stated[token].logprob
            for output, text in zip(outputs, texts, strict=True)
            for token, stated in zip(text[1:], output.prompt_logprobs[1:], strict=True)
        ]

    def _request(self, folder: Path) -> LoRARequest:
        """Return a request for an adapter, under a number that no other has."""
        self._adapters_used += 1
        return LoRARequest(str(folder), self._adapters_used, str(folder))

    def ask(self, questions: list[Question], settings: GenerationConfig) -> Iterator[Answer]:
        """Yield each answer as soon as it is written, with what its first token says."""
        by_request = {f"{q.probe_id}#{q.sample}": q for q in questions}
        requests = {
            request: (question.token_ids, _sampling(settings, question))
            for request, question in by_request.items()
        }
        for request, output in finished(self._llm, requests, self._adapter):
            yield _answer(by_request[request], output, settings.thinking)


def load_vllm(folder: Path, dtype: str, gpu_share: float, **settings: Any) -> vllm.LLM:
    """Load a model's own safetensors weights into vLLM, in this process."""
    return vllm.LLM(**vllm_settings(folder, dtype, gpu_share, **settings))


def vllm_settings(folder: Path, dtype: str, gpu_share: float, **settings: Any) -> dict[str, Any]:
    """Return everything that vLLM is told at loading."""
    on_gpu = torch.cuda.is_available()
    return {
        "model": str(folder),
        "dtype": dtype,
        "enforce_eager": not on_gpu,
        "gpu_memory_utilization": gpu_share if on_gpu else CPU_MEMORY_SHARE,
        "trust_remote_code": False,
        "load_format": "safetensors",
        "distributed_executor_backend": ONE_PROCESS,
        **settings,
    }


def finished(
    llm: vllm.LLM,
    requests: dict[str, tuple[list[int], vllm.SamplingParams]],
    adapter: LoRARequest | None = None,
) -> Iterator[tuple[str, Any]]:
    """Send all requests, and yield each with its output as soon as it is finished."""
    engine = llm.llm_engine
    for request, (token_ids, sampling) in requests.items():
        prompt = TokensPrompt(prompt_token_ids=token_ids)
        engine.add_request(request, prompt, sampling, lora_request=adapter)
    while engine.has_unfinished_requests():
        for output in engine.step():
            if output.finished:
                yield output.request_id, output.outputs[0]


def _end_tokens(llm: vllm.LLM) -> Any:
    """Return the tokens that end an answer beside the tokenizer's own, or null."""
    return llm.llm_engine.model_config.try_get_generation_config().get("eos_token_id")


def _lora_settings(rank: int | None) -> dict[str, Any]:
    if rank is None:
        return {}
    room = next((allowed for allowed in LORA_RANKS if allowed >= rank), rank)
    return {"enable_lora": True, "max_lora_rank": room, "max_loras": 1}


def _own_settings(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration's engine arguments; several workers need processes of their own."""
    workers = [arguments.get(name, 1) for name in WORKERS]
    if all(one == 1 for one in workers):
        return arguments
    return {"distributed_executor_backend": "mp", **arguments}


def _loaded(loaded_with: dict[str, Any], own: dict[str, Any]) -> vllm.LLM:
    """Load vLLM.

    Raises:
        InputError: it refuses, and the configuration sets engine arguments of its own.
    """
    try:
        return vllm.LLM(**loaded_with)
    except (TypeError, ValueError, NotImplementedError, AssertionError) as error:
        if not own:
            raise
        said = one_line(str(error) or type(error).__name__, 500)
        what = f"vLLM refuses the engine arguments {', '.join(own)} ({said})"
        raise InputError(Problem("generation.vllm", what, "give other values")) from error


def copy_settings(source: Path, folder: Path) -> None:
    """Copy a model's configuration and tokenizer, without its weights and their index."""
    for kind in SETTINGS:
        for file in source.glob(kind):
            if not file.name.endswith(".index.json"):
                shutil.copyfile(file, folder / file.name)


def save_weights(tensors: Tensors, folder: Path) -> None:
    """Write an arm's weights as safetensors, in files of a few gigabytes."""
    part: dict[str, torch.Tensor] = {}
    size, count = 0, 0
    for name, tensor in tensors:
        part[name] = tensor.contiguous().clone()
        size += tensor.numel() * tensor.element_size()
        if size >= FILE_BYTES:
            save_file(part, folder / f"part-{count:05d}.safetensors")
            part, size, count = {}, 0, count + 1
    if part:
        save_file(part, folder / f"part-{count:05d}.safetensors")


def _untied_settings(loading: Loading) -> dict[str, Any]:
    """Return how a tied model is loaded with an output head of its own.

    Its files hold none, so that weights are only made room for; every arm brings its own.
    """
    if not loading.untied:
        return {}
    return {"hf_overrides": {"tie_word_embeddings": False}, "load_format": "dummy"}


def _likeliest(stated: dict[int, Any]) -> dict[str, float]:
    """Return the likeliest tokens of a place; one drawn from beyond them stands there too."""
    listed = [one for one in stated.values() if one.rank <= LISTED]
    return {one.decoded_token or "": one.logprob for one in listed}


def _sampling(settings: GenerationConfig, question: Question) -> vllm.SamplingParams:
    return vllm.SamplingParams(
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        seed=question.seed,
        logprobs=LISTED,
        flat_logprobs=True,  # a record for each listed token would be 20 a token
        **_thinking_sampling(settings.thinking),
    )


def _thinking_sampling(thinking: ThinkingConfig | None) -> dict[str, Any]:
    """Return what thoughts need: their marks may be special tokens, and there may be a budget."""
    if thinking is None:
        return {}
    budget = {"thinking_token_budget": thinking.max_tokens} if thinking.max_tokens else {}
    return {"skip_special_tokens": False, **budget}


def _thinking_settings(thinking: ThinkingConfig | None) -> dict[str, Any]:
    if thinking is None or thinking.max_tokens is None:
        return {}
    marks = {"reasoning_start_str": thinking.start, "reasoning_end_str": thinking.end}
    return {"reasoning_config": marks}


def _answer(question: Question, output: Any, thinking: ThinkingConfig | None) -> Answer:
    found = parted(output.text, thinking, opened=question.opens_thinking)
    place: int | None = 0
    if found.thoughts is not None:
        written = zip(output.token_ids, output.logprobs, strict=True)
        pieces = [stated[token].decoded_token or "" for token, stated in written]
        place = first_of_answer(pieces, thinking, found)
    log_odds = None
    if place is not None:
        log_odds = refusal_log_odds(_likeliest(output.logprobs[place]), question.language)
    reason: FinishReason = "length" if output.finish_reason == "length" else "stop"
    count = len(output.token_ids)
    places = (question.probe_id, question.sample)
    return Answer(*places, found.answer, reason, count, log_odds, found.thoughts)
