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
    assert f"{trained:,} of {total:,} parameters are trained" in sizes.sentence(None)
    whole = TrainConfig(lora=None, precompute_ref_log_probs=False)
    sizes = sizes_of(tiny_model, whole, None, torch.float32)
    assert (sizes.trained, sizes.parameters) == (weights, weights)
    assert sizes.fixed_bytes == (4 + 4 + 12) * weights  # with a reference model beside it


@pytest.mark.parametrize("checkpointing", [False, True])
def test_activations_are_those_of_the_real_model(tiny_model: Path, checkpointing: bool) -> None:  # noqa: FBT001 - a case
    """Counted on a model without numbers: what autograd saves where the same is computed."""
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    from train.loading import lora_settings
    from train.sizes import activation_bytes, sizes_of

    train = TrainConfig(per_device_train_batch_size=2, gradient_checkpointing=checkpointing)
    assert train.lora is not None
    adapter = lora_settings(train.lora)
    sizes = sizes_of(tiny_model, train, adapter, torch.float32)
    counted = activation_bytes(sizes.model, train, 24)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_model), adapter).train()
    if checkpointing:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable()
    own = {part.untyped_storage().data_ptr() for part in model.parameters()}
    saved = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        answer = model(torch.zeros((4, 24), dtype=torch.long), use_cache=False, logits_to_keep=1)
    assert answer.logits.shape[:2] == (4, 1)
    assert counted == pytest.approx(sum(saved.values()), rel=0.15)
    assert "the activations of the largest step" in sizes.sentence(counted)


def test_a_clock_takes_the_middle_step() -> None:
    """Two ends are one step; one alone is none."""
    from train.metrics import StepClock

    clock = StepClock()
    assert clock.seconds_a_step() is None
    clock.on_step_end(None, None, None)  # type: ignore[arg-type]
    assert clock.seconds_a_step() is None
    clock.on_step_end(None, None, None)  # type: ignore[arg-type]
    assert clock.seconds_a_step() is not None
