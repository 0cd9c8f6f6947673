"""Which judge has this name?"""

from audit.settings.judges import BUILTIN, Judges, refuse_unknown_judge
from reports.judges.builtin import Builtin
from reports.judges.classifier import Classifier
from reports.judges.encoder import Encoder
from reports.judges.every_judge import Judge
from reports.judges.generative import Generative
from reports.judges.panel import Panel


def judge_named(name: str, judges: Judges) -> Judge:
    """Return the judge of this name; the files of a model are not looked for yet.

    Raises:
        InputError: there is no such judge, or it is a panel that asks one that it cannot ask.
    """
    refuse_unknown_judge(name, judges, f"judge {name}")
    if name == BUILTIN:
        return Builtin()
    settings = judges[name]
    match settings.kind:
        case "panel":
            return Panel(name, settings, Builtin(), judge_named(settings.asks, judges))
        case "classifier":
            return Classifier(name, settings, None)
        case "generative":
            return Generative(name, settings, None)
        case "encoder":
            return Encoder(name, settings, Builtin())
