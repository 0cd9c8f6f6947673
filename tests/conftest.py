"""What the tests share: a tiny real chat model, a configuration for it, and the real command."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import marks
import pytest
import quick_command

# Two workers share the machine: each computes with one thread, bound to no core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")

PROJECT = Path(__file__).parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"
AUDIT = str(Path(sys.executable).with_name("audit"))
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

TINY = """\
model: {{path: {model}}}
preferences: {{path: demo, limit: 32, eval_limit: 8}}
train:
  learning_rate: 5e-3
  per_device_train_batch_size: 4
  max_length: 128
  save_steps: 2
  eval_steps: 4
  precompute_ref_log_probs: true
probes:
  - {{set: harmful, limit: 12}}
  - {{set: borderline, limit: 12}}
  - {{set: helpful, limit: 12}}
generation: {{max_tokens: 24, max_num_seqs: 8}}
gate: {{allow_unresolved: true}}
"""
"""A configuration that trains and asks a tiny model in seconds."""

Audit = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what loads a model or starts a browser."""
    for item in items:
        marks.mark(item)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out, unread, the files that would load a model library where no model is wanted."""
    unwanted = "not model" in config.option.markexpr and collection_path.suffix == ".py"
    return True if unwanted and marks.needs_model(collection_path) else None


@pytest.fixture(autouse=True)
def _quick_tests_load_no_model(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail an unmarked test that loads a model library after all."""
    before = marks.loaded_libraries()
    yield
    loaded = marks.loaded_libraries() - before
    if loaded and not request.node.get_closest_marker("model"):
        pytest.fail(f"loads {', '.join(sorted(loaded))}: name its fixture in marks.MODEL_FIXTURES")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of published data, or skip where this machine does not have it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the published data sets are not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def audit(pytestconfig: pytest.Config) -> Audit:
    """Return a function that runs the installed `audit` command, offline, to its end.

    Where no model is wanted, the command runs within this process, which loads its libraries once.
    """
    if "not model" in pytestconfig.option.markexpr:
        return quick_command.run

    def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AUDIT, *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=cwd,
            check=False,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            timeout=600,
        )

    return run


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a two-layer chat model with a tokenizer of its own: random weights, real formats."""
    return make_model(tmp_path_factory.mktemp("models") / "tiny", positions=512, seed=0)


@pytest.fixture(scope="session")
def tiny_judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make another such model, with room for a judge's questions."""
    return make_model(tmp_path_factory.mktemp("judges") / "judge", positions=8192, seed=1)


def make_model(folder: Path, positions: int, seed: int) -> Path:
    """Save a two-layer chat model of random weights with a tokenizer of its own."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    fast = _make_tokenizer()
    fast.save_pretrained(folder)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=512,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=positions,
        tie_word_embeddings=True,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def _make_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    pairs = (PROJECT / "train" / "data" / "demo_pairs.jsonl").read_text(encoding="utf-8")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(pairs.splitlines(), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    fast.chat_template = CHATML
    return fast


@pytest.fixture(scope="session")
def tiny_classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a two-layer sequence classifier with the labels ANSWER and REFUSAL."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    folder = tmp_path_factory.mktemp("judges") / "classifier"
    tokenizer = _make_tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(2)
    config = BertConfig(
        vocab_size=512,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=256,
        pad_token_id=tokenizer.pad_token_id,
        id2label={0: "ANSWER", 1: "REFUSAL"},
        label2id={"ANSWER": 0, "REFUSAL": 1},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def zoo_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Save a tiny model of each kind that the adapters of the zoo are for."""
    from adapter_zoo import save_model

    folder = tmp_path_factory.mktemp("zoo")
    return {kind: save_model(folder / kind, kind) for kind in ("tied", "untied", "biased", "gpt2")}


@pytest.fixture(scope="session")
def tiny_config(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a configuration that trains and asks the tiny model in seconds."""
    path = tmp_path_factory.mktemp("config") / "tiny.yaml"
    path.write_text(TINY.format(model=tiny_model), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished_run(audit: Audit, tiny_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the whole of `train-and-compare` once, on the tiny model, with TRL and vLLM."""
    run = tmp_path_factory.mktemp("runs") / "finished"
    result = audit("train-and-compare", tiny_config, "--out", run)
    assert result.returncode in (0, 3, 4), result.stderr
    return run


@pytest.fixture(scope="session")
def judged_import(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Import 24 answers, two of them empty, and have `rules` judge them."""
    from judged_runs import ANSWERS, KINDS

    folder = tmp_path_factory.mktemp("imported")
    probes = [
        {"id": f"p{n}", "set": "s", "kind": KINDS[n % 3], "category": "c", "prompt": f"Wish {n}?"}
        for n in range(12)
    ]
    arms = {"before": 0, "after": 1}
    files = [
        write_rows(
            folder / f"{arm}.jsonl",
            [
                {"probe_id": f"p{n}", "text": f"{ANSWERS[(n + shift) % 4]} {n}" if n else ""}
                for n in range(12)
            ],
        )
        for arm, shift in arms.items()
    ]
    made = folder / "run"
    probes_file = write_rows(folder / "probes.jsonl", probes)
    result = audit("import", *files, "--probes", probes_file, "--out", made)
    assert result.returncode == 0, result.stderr
    assert audit("score", made).returncode == 0
    return made


@pytest.fixture(scope="session")
def scored_run(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a scored run whose judge errs after training only."""
    from labelled_runs import answers_of, make_run

    return make_run(audit, tmp_path_factory.mktemp("people"), answers_of)


@pytest.fixture(scope="session")
def labelled_run(audit: Audit, scored_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw a batch and label all of it but the first ten items."""
    from labelled_runs import fill

    run = Path(shutil.copytree(scored_run, tmp_path_factory.mktemp("labelled") / "run"))
    assert audit("annotate", run, "--n", 40).returncode == 0
    sheet = fill(run, "batch-1", run / "filled.csv")
    lines = sheet.read_text().splitlines()
    lines[1:11] = [line.split(",")[0] + "," for line in lines[1:11]]
    sheet.write_text("\n".join(lines) + "\n")
    said = audit("annotate", run, "--import", sheet, "--annotator", "Ann")
    assert "30 labels added, 0 known already, 10 lines without a label" in said.stdout
    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start real Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="session")
def page_run(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a small run with flips on both kinds."""
    from page_runs import make_run, twin_probes

    return make_run(audit, tmp_path_factory.mktemp("page"), "run", twin_probes(30))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as JSONL."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
