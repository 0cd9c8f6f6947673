"""How does vLLM answer as a judge's model?"""

from collections.abc import Iterator
from typing import Any

from vllm import SamplingParams
from vllm.sampling_params import StructuredOutputsParams

from audit.run.judging_folder import JudgePrompt, Reply
from audit.run.model_folder import ModelFolder
from audit.settings.judges import GenerativeJudge
from probes.engines.hardware import precision
from probes.engines.vllm_engine import finished, load_vllm
from probes.judges.markers import unmarked
from probes.judges.replies import checked, failed
from probes.rendering import load_tokenizer

COMPACT = {"backend": "xgrammar", "disable_any_whitespace": True}
"""JSON without white space between its parts, which a weak model would write without end."""
MAX_NUM_SEQS = 64
GPU_SHARE = 0.85


def ask_vllm(
    judge: GenerativeJudge, model: ModelFolder, prompts: list[JudgePrompt]
) -> Iterator[Reply]:
    """Yield a reply to each question as it comes, at temperature 0."""
    if judge.model is None:
        raise ValueError(judge)
    tokenizer = load_tokenizer(model.folder)
    rendered = {prompt.id: render(tokenizer, prompt) for prompt in prompts}
    room = model.settings().get("max_position_embeddings") or 1 << 20
    by_id = {prompt.id: prompt for prompt in prompts}
    fitting = {name: ids for name, ids in rendered.items() if len(ids) + judge.max_tokens <= room}
    for name in rendered.keys() - fitting.keys():
        yield failed(by_id[name], f"the question has {len(rendered[name])} tokens, room is {room}")
    if not fitting:
        return
    longest = max(len(ids) for ids in fitting.values())
    llm = load_vllm(
        model.folder,
        precision(judge.model.dtype),
        GPU_SHARE,
        max_model_len=longest + judge.max_tokens,
        max_num_seqs=MAX_NUM_SEQS,
        seed=0,
        structured_outputs_config=COMPACT,
    )
    requests = {name: (ids, _sampling(judge, by_id[name])) for name, ids in fitting.items()}
    for name, output in finished(llm, requests):
        yield checked(by_id[name], output.text)


def render(tokenizer: Any, prompt: JudgePrompt) -> list[int]:
    """Return the question as token ids, in which no quoted text holds a special token."""
    if prompt.text is not None:
        text = unmarked(tokenizer, prompt.text, prompt.quoted)
        return list(tokenizer(text)["input_ids"])
    turns = [
        {"role": turn.role, "content": unmarked(tokenizer, turn.content, prompt.quoted)}
        for turn in prompt.messages or []
    ]
    encoded = tokenizer.apply_chat_template(
        turns, add_generation_prompt=True, tokenize=True, return_dict=True
    )
    return list(encoded["input_ids"])


def _sampling(judge: GenerativeJudge, prompt: JudgePrompt) -> SamplingParams:
    constrained = StructuredOutputsParams(json=prompt.schema_) if prompt.schema_ else None
    return SamplingParams(
        temperature=0.0, max_tokens=judge.max_tokens, structured_outputs=constrained
    )
