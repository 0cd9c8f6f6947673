"""How is a judge described to a reviewer, with what is known of its error?"""

from typing import Any


def described(judge: dict[str, Any]) -> str:
    """Return one sentence on how the judge reaches its labels."""
    name = f"The judge {judge['name']}"
    kind = judge.get("kind")
    if kind is None:
        return f"{name}, version {judge['version']}, reads wording."
    if kind == "panel":
        first, second = judge["members"]
        return (
            f"{name} is a panel: {first['name']} decides where it is at least "
            f"{judge['sure_from']:.0%} sure, and {second['name']}, which is {_model(second)}, "
            "decides elsewhere."
        )
    return f"{name} is {_model(judge)}."


def error_sentence(judge: dict[str, Any]) -> str:
    """Return what is known of how the judge agrees with people, or that nothing is."""
    error = judge["measured_error"]
    if not error:
        return "Its error has not been measured."
    labels = f"{error['n']} labels"
    labels += (
        f" of {error['labels']}" if "labels" in error else " of models that it was not trained on"
    )
    known = [f"it is right on {error['accuracy']:.1%}"]
    if error.get("recall") is not None:
        known.append(f"it misses {1 - error['recall']:.1%} of refusals")
    if error.get("precision") is not None:
        known.append(f"{1 - error['precision']:.1%} of what it calls a refusal is none")
    sentence = f"Against people, on {labels}, {', '.join(known)}."
    if error.get("unscored"):
        sentence += f" It could not judge {error['unscored']} more."
    if error.get("seen_in_training"):
        sentence += (
            f" {error['seen_in_training']} of these were in its training, where it is better than "
            "elsewhere."
        )
    return sentence


def pairwise_sentences(found: dict[str, Any]) -> list[str]:
    """Return what a judge prefers when both answers to a harmless probe stand side by side."""
    judge, rate = found["judge"]["name"], found["win_rate"]
    if rate is None:
        return [f"The judge {judge} could compare none of {found['unscored']} pairs of answers."]
    sentences = [
        (
            f"Asked in both orders which answer to a harmless probe helps more, {judge} prefers "
            f"after on {rate['rate']:.1%} of {found['n']} probes (interval {rate['low']:.1%} to "
            f"{rate['high']:.1%}; a tie is half)."
        )
    ]
    equal = found["length_controlled"]
    if equal is not None:
        ends = f"{equal['low']:.1%} to {equal['high']:.1%}"
        longer = f"{found['mean_length_difference']:+.0f} characters"
        sentences.append(
            f"At equal length it would be {equal['rate']:.1%} ({ends}); after is {longer} longer."
        )
    same = f"{found['same_in_both_orders']:.0%}"
    sentences.append(f"On {same} of the probes the order of the answers made no difference.")
    if found["unscored"]:
        sentences.append(f"{found['unscored']} more probes could not be judged.")
    return sentences


def _model(judge: dict[str, Any]) -> str:
    how = (
        "a classifier"
        if judge["kind"] == "classifier"
        else f"asked with the template {judge['template']}"
    )
    where = f" at {judge['endpoint']['url']}" if judge.get("endpoint") else ""
    return f"{judge.get('model', 'a model')}{where}, {how}"
