"""How does vLLM answer as one arm after another, without being loaded again?"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# One process is enough here and saves a second import of vLLM; the CPU build otherwise leaves a
# core idle. Both must stand before vLLM is imported, and an operator's own setting wins.
os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", f"0-{(os.cpu_count() or 1) - 1}")
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")

import torch
import vllm
from vllm.inputs import TokensPrompt

from audit.config import GenerationConfig
from probes.adapter import Tensors
from probes.engine import Answer, EngineIdentity, FinishReason, Question
from probes.hardware import device_name

CPU_MEMORY_SHARE = 0.5


class VllmEngine:
    """vLLM with weights that are replaced in place."""

    def __init__(self, folder: Path, dtype: str, longest: int, settings: GenerationConfig) -> None:
        on_gpu = torch.cuda.is_available()
        share = settings.gpu_memory_utilization if on_gpu else CPU_MEMORY_SHARE
        self._llm = vllm.LLM(
            model=str(folder),
            dtype=dtype,
            enforce_eager=not on_gpu,
            gpu_memory_utilization=share,
            max_model_len=longest + settings.max_tokens,
            max_num_seqs=settings.max_num_seqs,
            seed=settings.seed,
            trust_remote_code=False,
            load_format="safetensors",
            distributed_executor_backend="uni",
        )
        self.identity = EngineIdentity("vllm", vllm.__version__, dtype, device_name())

    def load_weights(self, tensors: Tensors) -> None:
        """Replace all weights, and forget what was computed with the old ones."""
        self._llm.collective_rpc("reload_weights", kwargs={"weights_iterator": tensors})
        self._llm.reset_prefix_cache()

    def ask(self, questions: list[Question], settings: GenerationConfig) -> Iterator[Answer]:
        """Yield each answer as soon as it is written."""
        engine = self._llm.llm_engine
        by_request = {f"{q.probe_id}#{q.sample}": q for q in questions}
        for request, question in by_request.items():
            prompt = TokensPrompt(prompt_token_ids=question.token_ids)
            engine.add_request(request, prompt, _sampling(question, settings))
        while engine.has_unfinished_requests():
            for output in engine.step():
                if output.finished:
                    yield _answer(by_request[output.request_id], output.outputs[0])


def _sampling(question: Question, settings: GenerationConfig) -> vllm.SamplingParams:
    return vllm.SamplingParams(
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        seed=question.seed,
    )


def _answer(question: Question, output: Any) -> Answer:
    reason: FinishReason = "length" if output.finish_reason == "length" else "stop"
    return Answer(question.probe_id, question.sample, output.text, reason, len(output.token_ids))
