"""Which settings of TRL and PEFT may a configuration not give, and why?"""

_PLACE = "training writes into the run's folder"
_STAGE = "the audit says itself what a run does"
_HUB = "training pushes nothing"
_CHECKPOINTS = "checkpoints follow from save_steps, and each is kept, since it is an arm"
_PRECISION = "model.dtype says it, for training and for asking alike"
_RESUME = "a resumed training must see what an undisturbed one sees"
_REFERENCE = "the reference is the model before training, so that before and after can be compared"
_SCORES = "what is measured on held-out pairs is DPO's own loss and rewards"

OF_DPO: dict[str, str] = {
    "auto_find_batch_size": "a batch size found on the way changes the number of steps; give one",
    "batch_eval_metrics": _SCORES,
    "bf16": _PRECISION,
    "bf16_full_eval": _PRECISION,
    "deepspeed": "the file of `accelerate_config` says it",
    "disable_tqdm": "the audit shows the progress itself",
    "do_eval": _STAGE,
    "do_predict": _STAGE,
    "do_train": _STAGE,
    "enable_jit_checkpoint": _CHECKPOINTS,
    "eval_strategy": "it follows from eval_steps",
    "fp16": _PRECISION,
    "fp16_full_eval": _PRECISION,
    "fsdp": "the file of `accelerate_config` says it",
    "fsdp_config": "the file of `accelerate_config` says it",
    "greater_is_better": "the last step is `after`, and each checkpoint is an arm of its own",
    "hub_always_push": _HUB,
    "hub_model_id": _HUB,
    "hub_private_repo": _HUB,
    "hub_revision": _HUB,
    "hub_strategy": _HUB,
    "hub_token": "keys come from the environment and are never written",
    "ignore_data_skip": _RESUME,
    "include_for_metrics": _SCORES,
    "label_names": _SCORES,
    "length_column_name": "the rows are TRL's, and so are their columns",
    "load_best_model_at_end": "the last step is `after`, and each checkpoint is an arm of its own",
    "local_rank": "a launcher sets it",
    "logging_strategy": "it follows from logging_steps",
    "metric_for_best_model": "the last step is `after`, and each checkpoint is an arm of its own",
    "model_init_kwargs": "the model is loaded as `model` says, with no code of its own",
    "output_dir": _PLACE,
    "padding_free": "answers would see each other without FlashAttention's kernels",
    "parallelism_config": "it is an object of accelerate's, which no file can hold",
    "prediction_loss_only": _SCORES,
    "push_to_hub": _HUB,
    "ref_model_mixup_alpha": _REFERENCE,
    "ref_model_sync_steps": _REFERENCE,
    "remove_unused_columns": "the rows are TRL's, and so are their columns",
    "restore_callback_states_from_checkpoint": _RESUME,
    "resume_from_checkpoint": "`--resume` goes on from the newest whole checkpoint",
    "save_on_each_node": _CHECKPOINTS,
    "save_only_model": _RESUME,
    "save_strategy": _CHECKPOINTS,
    "save_total_limit": _CHECKPOINTS,
    "sync_ref_model": _REFERENCE,
    "trackio_bucket_id": "numbers go where report_to says",
    "trackio_space_id": "numbers go where report_to says",
    "trackio_static_space_id": "numbers go where report_to says",
    "trust_remote_code": "code that comes with a model or data set is never run",
    "use_cpu": "a GPU is used where there is one; hide it with CUDA_VISIBLE_DEVICES",
}
"""Of TRL's DPOConfig."""

_MERGED = "the adapter could not be applied exactly when it is asked"
_OTHER = "it belongs to another way to train than LoRA"

OF_LORA: dict[str, str] = {
    "alora_invocation_tokens": _MERGED,
    "arrow_config": _MERGED,
    "auto_mapping": "the audit loads the model itself",
    "base_model_name_or_path": "`model` names it",
    "corda_config": "it begins with another base than the one that is asked as `before`",
    "ensure_weight_tying": _MERGED,
    "eva_config": "it needs data before training, which only `init_lora_weights: eva` reads",
    "inference_mode": "an adapter in inference mode is not trained",
    "kasa_config": _MERGED,
    "layer_replication": _MERGED,
    "loftq_config": "it begins with another base than the one that is asked as `before`",
    "lora_ga_config": "it begins with another base than the one that is asked as `before`",
    "megatron_config": _OTHER,
    "megatron_core": _OTHER,
    "monteclora_config": _MERGED,
    "peft_type": _OTHER,
    "peft_version": "PEFT writes it",
    "qalora_group_size": _MERGED,
    "revision": "`model.revision` names it",
    "runtime_config": "it is an object of PEFT's, which no file can hold",
    "target_parameters": _MERGED,
    "task_type": "a chat model is a CAUSAL_LM",
    "use_bdlora": _MERGED,
    "use_qalora": _MERGED,
    "velora_config": _MERGED,
}
"""Of PEFT's LoraConfig."""
