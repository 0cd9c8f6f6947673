"""Is what a training takes told before, and measured after?"""

from pathlib import Path

import pytest

from audit.settings.training import TrainConfig

pytestmark = pytest.mark.model


def test_sizes_are_those_of_the_real_model(tiny_model: Path) -> None:
    """Counted on a model without numbers: what PEFT trains, and AdamW's averages beside it."""
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    from train.loading import lora_settings
    from train.sizes import sizes_of

    train = TrainConfig()
    assert train.lora is not None
    adapter = lora_settings(train.lora)
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    weights = model.num_parameters()
    trained, total = get_peft_model(model, adapter).get_nb_trainable_parameters()
    sizes = sizes_of(tiny_model, train, adapter, torch.bfloat16)
    assert (sizes.trained, sizes.parameters) == (trained, total)
    assert sizes.fixed_bytes == 2 * weights + 4 * trained + 12 * trained
    assert f"{trained:,} of {total:,} parameters are trained" in sizes.sentence()
    whole = TrainConfig(lora=None, precompute_ref_log_probs=False)
    sizes = sizes_of(tiny_model, whole, None, torch.float32)
    assert (sizes.trained, sizes.parameters) == (weights, weights)
    assert sizes.fixed_bytes == (4 + 4 + 12) * weights  # with a reference model beside it


def test_a_clock_takes_the_middle_step() -> None:
    """Two ends are one step; one alone is none."""
    from train.metrics import StepClock

    clock = StepClock()
    assert clock.seconds_a_step() is None
    clock.on_step_end(None, None, None)  # type: ignore[arg-type]
    assert clock.seconds_a_step() is None
    clock.on_step_end(None, None, None)  # type: ignore[arg-type]
    assert clock.seconds_a_step() is not None
