"""Which engine answers, and can it?"""

from audit.errors import InputError, Problem
from audit.files.lines import refuse
from audit.run.messages import Tell
from audit.settings.run_config import GenerationConfig
from probes.engines import environment  # noqa: F401 - taken before vLLM adds to it
from probes.engines.arguments import wrong_arguments
from probes.engines.engine import Engine, Loading
from probes.engines.installed import vllm_is_installed


def load_engine(loading: Loading, settings: GenerationConfig, tell: Tell) -> Engine:
    """Load the configured engine; `auto` takes transformers where vLLM cannot be imported.

    Raises:
        InputError: vLLM is asked for by name and cannot be imported, or the engine that answers
            cannot apply adapters that must not be merged, or vLLM is told what it does not know.
    """
    _refuse_long_prompts(loading, settings)
    refuse(wrong_arguments(settings.vllm))
    if settings.engine != "transformers":
        try:
            from probes.engines.vllm_engine import VllmEngine
        except ImportError as error:
            if settings.engine == "vllm":
                fix = 'install the extra "cpu" or "cuda", or set generation.engine to auto'
                what = f"vLLM cannot be imported ({error})"
                raise InputError(Problem("generation.engine", what, fix)) from error
            tell(f"vLLM cannot be imported ({error}); transformers answers instead, more slowly")
        else:
            return VllmEngine(loading, settings)
    from probes.engines.transformers_engine import TransformersEngine

    if settings.vllm:
        what = f"sets {', '.join(settings.vllm)}, and transformers answers"
        raise InputError(Problem("generation.vllm", what, "install vLLM, or leave it out"))
    if loading.lora_rank is not None:
        what = f"{loading.dtype} would round the adapter's change away, and only vLLM can help it"
        fix = "set model.dtype to float32, or install vLLM"
        raise InputError(Problem("model.dtype", what, fix))
    return TransformersEngine(loading.model.folder, loading.dtype)


def can_apply_beside(settings: GenerationConfig) -> bool:
    """Say whether the engine that will answer applies adapters beside the weights: vLLM does."""
    return settings.engine != "transformers" and vllm_is_installed()


def _refuse_long_prompts(loading: Loading, settings: GenerationConfig) -> None:
    room = loading.model.settings().get("max_position_embeddings")
    if room is not None and loading.longest + settings.max_tokens > room:
        what = f"the longest prompt has {loading.longest} tokens; the model has room for {room}"
        fix = f"lower generation.max_tokens (now {settings.max_tokens}), or leave out long probes"
        raise InputError(Problem("probes", what, fix))
