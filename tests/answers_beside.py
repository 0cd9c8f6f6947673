"""Answer as a model and as an adapter beside it, with vLLM in a process of its own.

`python answers_beside.py MODEL ADAPTER QUESTIONS` prints {"base": [...], "beside": [...]}.
"""

import json
import sys
from pathlib import Path

from opened_arms import opened

from audit.run.model_folder import ModelFolder
from audit.settings.run_config import GenerationConfig
from probes.adapters.adapter import read_adapter
from probes.engines.engine import Loading, Question
from probes.engines.vllm_engine import VllmEngine


def main() -> None:
    """Ask the questions twice, and print the answers in their order."""
    model, folder = ModelFolder(Path(sys.argv[1]), "tiny", None), Path(sys.argv[2])
    asked = [Question(f"p{n}", 0, ids, 0) for n, ids in enumerate(json.loads(sys.argv[3]))]
    settings = GenerationConfig(max_tokens=6, max_num_seqs=4)
    rank = read_adapter(folder, model).rank
    engine = VllmEngine(Loading(model, "float32", 64, rank, untied=False), settings)
    answers = {}
    for arm in (opened("base", model.folder), opened("beside", model.folder, folder)):
        engine.become(arm)
        found = sorted(engine.ask(asked, settings), key=lambda answer: answer.probe_id)
        answers[arm.name] = [answer.text for answer in found]
    sys.stdout.write(f"\n{json.dumps(answers)}\n")


if __name__ == "__main__":
    main()
