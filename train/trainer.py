"""How does the configuration become one of TRL's trainers?

The reference model of an adapter is the same model with the adapter switched off, or with a frozen
copy of the adapter that training starts from, so that one copy of the weights is enough.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset

from audit.records import Preference
from audit.run.arm import ModelFiles
from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.settings.run_config import RunConfig
from audit.settings.training import TrainConfig
from train import ranks
from train.loading import (
    choose_attention,
    choose_dtype,
    load_model,
    load_tokenizer,
    lora_settings,
    with_adapter,
)
from train.methods.method import Method, method_named
from train.metrics import RunRecorder
from train.preferences import Preferences
from train.reference import reference_of
from train.resuming import Trained
from train.watching import Watch

ROWS = "rows"
"""The folder, beside the checkpoints, of the rows that several processes read."""


def make_trainer(
    config: RunConfig,
    model: ModelFiles,
    preferences: Preferences,
    run: RunDirectory,
    tell: Tell,
    before: Trained,
) -> Method:
    """Build the trainer: model in the configured precision, adapter, data and callbacks."""
    train = config.train
    method = method_named(train.method)
    folder = Path(model.folder)
    attention = choose_attention(train, tell)
    dtype = choose_dtype(config.model.dtype)
    arguments = config.generation.chat_template_kwargs
    precision = f"{dtype}, base in 4 bits" if train.load_in_4bit else str(dtype)
    held_out = preferences.evaluation
    settings = trl_settings(train, run.train, evaluate=bool(held_out), dtype=dtype)
    start = run.start_adapter if run.start_adapter.is_dir() else None
    base = load_model(folder, dtype, attention, in_4bit=train.load_in_4bit)
    watch = Watch(run, tell, stop=train.on_alarm == "stop")

    def rows_of(name: str, part: Sequence[Preference]) -> Dataset:
        return ranks.shared(method.rows(part, arguments), run.train / ROWS / name)

    rows = len(preferences.train) + len(held_out)
    return method(
        tell,
        -(-rows // (settings.precompute_ref_batch_size * ranks.count())),
        before,
        folder,
        reference_of(model.weights_sha256, settings, precision, attention, start),
        model=with_adapter(base, start) if start else base,
        args=settings,
        train_dataset=rows_of("train", preferences.train),
        eval_dataset=rows_of("evaluation", held_out) if held_out else None,
        processing_class=load_tokenizer(folder),
        peft_config=lora_settings(train.lora) if train.lora and not start else None,
        callbacks=[RunRecorder(run, tell), watch] if ranks.is_first() else [],
    )


def trl_settings(train: TrainConfig, output: Path, *, evaluate: bool, dtype: torch.dtype) -> Any:
    """Translate the training section into TRL's settings of its method, name by name."""
    ours = {name: getattr(train, name) for name in train.own_of_trl()}
    follow = {
        "per_device_eval_batch_size": train.per_device_train_batch_size,
        "precompute_ref_batch_size": train.per_device_train_batch_size,
        "save_strategy": "steps" if train.save_steps else "no",
        "eval_strategy": "steps" if evaluate and train.eval_steps else "no",
    }
    if train.learns_from_thumbs:
        (ours["loss_type"],) = train.loss_type
    given = {name: value for name, value in ours.items() if value is not None}
    return method_named(train.method).SETTINGS(
        **{**follow, **given, **train.alone_of_trl()},
        output_dir=str(output),
        bf16=dtype == torch.bfloat16,
        use_cpu=not torch.cuda.is_available(),
        report_to=list(train.trackers),
        disable_tqdm=True,
        trust_remote_code=False,
    )
