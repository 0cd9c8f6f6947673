"""Which of vLLM's engine arguments may a configuration set by their own names?

Told without importing vLLM, which takes ten seconds: its names are read from its source.
"""

import ast
import difflib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from audit.errors import Problem

SOURCE = Path("engine") / "arg_utils.py"
RECORD = "EngineArgs"
SET_HERE: dict[str, str] = {
    **dict.fromkeys(("dtype",), "set model.dtype"),
    **dict.fromkeys(
        ("seed", "max_num_seqs", "gpu_memory_utilization"), "set the key of generation of that name"
    ),
    **dict.fromkeys(
        ("max_model_len", "enable_lora", "max_lora_rank", "max_loras"),
        "leave it out: it follows from the probes and the adapters",
    ),
    **dict.fromkeys(
        (
            "model",
            "model_weights",
            "served_model_name",
            "tokenizer",
            "hf_config_path",
            "revision",
            "code_revision",
            "tokenizer_revision",
            "skip_tokenizer_init",
            "load_format",
            "runner",
            "convert",
        ),
        "leave it out: which model is asked is said elsewhere, and proven",
    ),
    **dict.fromkeys(
        ("quantization", "quantization_config", "hf_overrides"),
        "leave it out: weights are swapped in place, and must be those of the files",
    ),
    **dict.fromkeys(
        (
            "trust_remote_code",
            "worker_cls",
            "worker_extension_cls",
            "logits_processors",
            "scheduler_cls",
            "hf_token",
            "allowed_local_media_path",
            "io_processor_plugin",
            "reasoning_parser_plugin",
            "kv_transfer_config",
            "ec_transfer_config",
        ),
        "leave it out: a configuration runs no code and holds no secret",
    ),
}
"""Arguments that no configuration sets, each with what to do in their place."""


def wrong_arguments(arguments: Mapping[str, object]) -> list[Problem]:
    """Return what is wrong with the names of engine arguments; values are checked by vLLM."""
    known = _names()
    problems = []
    for name in arguments:
        where = f"generation.vllm.{name}"
        if name in SET_HERE:
            problems.append(Problem(where, "is not set by a configuration", SET_HERE[name]))
        elif known and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            fix = f'did you mean "{close[0]}"?' if close else "name one of vLLM's EngineArgs"
            problems.append(Problem(where, "is no engine argument of this vLLM", fix))
    return problems


def _names() -> set[str]:
    """Return the names of vLLM's engine arguments; none where it is not installed."""
    found = find_spec("vllm")
    for folder in (found and found.submodule_search_locations) or ():
        source = Path(folder) / SOURCE
        if source.is_file():
            body = ast.parse(source.read_text(encoding="utf-8")).body
            (record,) = [
                one for one in body if isinstance(one, ast.ClassDef) and one.name == RECORD
            ]
            return {
                line.target.id
                for line in record.body
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
            }
    return set()
