"""What does Inspect AI's Hugging Face provider cost for the same prompts?

`benchmarks/generation.py` runs this with a Python that can import `inspect_ai`; on
standard input it takes JSON: the model's folder, the prompts and the limit of tokens. Printed are
processor seconds a probe, the model being loaded already, with as many prompts at once as the
provider's own default.
"""

import json
import sys
import tempfile
import time


def main() -> None:
    """Answer all prompts once with a loaded model, and print the seconds a probe."""
    from inspect_ai import Task, eval  # noqa: A004 - its public name
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import GenerateConfig, get_model
    from inspect_ai.solver import generate

    asked = json.load(sys.stdin)
    settings = GenerateConfig(max_tokens=asked["max_tokens"])
    local = {"model_path": asked["model"], "device": "cpu", "do_sample": False, "dtype": "float32"}
    model = get_model("hf/local", config=settings, **local)
    samples = [Sample(input=prompt) for prompt in asked["prompts"]]
    task = Task(dataset=MemoryDataset(samples), solver=generate())
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        (log,) = eval(task, model=model, log_dir=folder, display="none", score=False)
        spent = time.process_time() - started
    if log.status != "success":
        raise SystemExit(f"Inspect AI: {log.status}: {log.error}")
    tokens = log.stats.model_usage["hf/local"].output_tokens
    print(f"{spent / len(samples)} {tokens / len(samples)}")


if __name__ == "__main__":
    main()
