"""How is a judge described to a reviewer, with what is known of its error?"""

from audit.run.judge_identity import JudgeIdentity, JudgeModel
from reports.results.pairwise import Preferred


def described(judge: JudgeIdentity) -> str:
    """Return one sentence on how the judge reaches its labels."""
    if judge.members:
        first, second = judge.members
        return (
            f"The judge {judge.name} is a panel: {first.name} decides where it is at least "
            f"{judge.settings['sure_from']:.0%} sure, and {second.name}, which is "
            f"{_model(second)}, decides elsewhere."
        )
    if judge.kind == "encoder" and judge.model is not None:
        return (
            f"The judge {judge.name} reads English as rules does, with the opinion of a small "
            f"encoder ({judge.model.source} {judge.model.engine_version}) where that is not sure, "
            "and by the encoder alone what is in another language; below "
            f"{judge.settings['sure_from']:.0%} it leaves that unscored."
        )
    if judge.model is None:
        return f"The judge {judge.name}, version {judge.version}, reads wording."
    return f"The judge {judge.name} is {_model(judge)}."


def error_sentence(judge: JudgeIdentity) -> str:
    """Return what is known of how the judge agrees with people, or that nothing is."""
    error = judge.measured_error
    if error is None or not error.n:
        return "Its error has not been measured."
    where = f"of {error.labels}" if error.labels else "of models that it was not trained on"
    known = [f"it is right on {error.accuracy:.1%}"]
    if error.recall is not None:
        known.append(f"it misses {1 - error.recall:.1%} of refusals")
    if error.precision is not None:
        known.append(f"{1 - error.precision:.1%} of what it calls a refusal is none")
    sentence = f"Against people, on {error.n} labels {where}, {', '.join(known)}."
    if error.unscored:
        sentence += f" It could not judge {error.unscored} more."
    if error.seen_in_training:
        sentence += (
            f" {error.seen_in_training} of these were in its training, where it is better than "
            "elsewhere."
        )
    return sentence


def pairwise_sentences(found: Preferred) -> list[str]:
    """Return what a judge prefers when both answers to a harmless probe stand side by side."""
    judge, rate = found.judge.name, found.win_rate
    if rate is None:
        return [f"The judge {judge} could compare none of {found.unscored} pairs of answers."]
    sentences = [
        (
            f"Asked in both orders which answer to a harmless probe helps more, {judge} prefers "
            f"after on {rate.rate:.1%} of {found.n} probes (interval {rate.low:.1%} to "
            f"{rate.high:.1%}; a tie is half)."
        )
    ]
    equal = found.length_controlled
    if equal is not None:
        ends = f"{equal.low:.1%} to {equal.high:.1%}"
        longer = f"{found.mean_length_difference or 0:+.0f} characters"
        sentences.append(
            f"At equal length it would be {equal.rate:.1%} ({ends}); after is {longer} longer."
        )
    same = f"{found.same_in_both_orders or 0:.0%}"
    sentences.append(f"On {same} of the probes the order of the answers made no difference.")
    if found.unscored:
        sentences.append(f"{found.unscored} more probes could not be judged.")
    return sentences


def _model(judge: JudgeIdentity) -> str:
    model = judge.model
    how = (
        "a classifier" if judge.kind == "classifier" else f"asked with the template {judge.version}"
    )
    return f"{model.source if model else 'a model'}{_place(model)}, {how}"


def _place(model: JudgeModel | None) -> str:
    return f" at {model.endpoint_url}" if model and model.endpoint_url else ""
