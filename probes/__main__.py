"""Ask every arm of a run its probes, and append each answer as it comes."""

from audit.run.arm import ServedModel
from audit.run.directory import RunDirectory
from audit.run.messages import IsEnough, Tell
from audit.run.stage_program import run_answered_program
from probes.served import ask_servers


def generate(run: RunDirectory, tell: Tell, is_enough: IsEnough) -> None:
    """Ask all arms of the manifest that have not answered yet, each marked when it has.

    `is_enough` is asked after each batch where asking may stop before all probes are asked.
    """
    arms = run.read_manifest().arms.values()
    if not all(isinstance(arm.source, ServedModel) for arm in arms):
        from probes.here import ask_here  # loads the libraries of models, which servers do without

        ask_here(run, tell, is_enough)
    ask_servers(run, tell)


if __name__ == "__main__":
    run_answered_program(RunDirectory, generate)
