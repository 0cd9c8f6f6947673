"""How do the trackers learn what the audit of a training found?"""

from audit.errors import AuditError
from audit.jobs.child import run_child
from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.run.tracked import TrackedAxis, TrackedResult, write_tracked


def tell_trackers(run: RunDirectory, tell: Tell) -> None:
    """Attach verdict, axes and the redacted report, which must be there, to the trackers' runs.

    A program of its own does it, for the trackers' libraries are large. What goes wrong there is
    told and changes nothing: the run itself holds everything.
    """
    if not run.trackers.exists():  # trained by an older audit
        return
    write_tracked(run, _result(run))
    try:
        run_child("train.tracking", run.root, run.log("tracking"), tell)
    except AuditError as error:
        tell(f"the trackers could not be told the verdict: {error}")


def _result(run: RunDirectory) -> TrackedResult:
    from reports.results.comparison import read_comparison

    found = read_comparison(run)
    axes = {
        name: TrackedAxis(
            before=result.before.rate,
            after=result.after.rate,
            difference=result.difference.estimate,
            low=result.difference.low,
            high=result.difference.high,
            status=result.status,
        )
        for name, result in found.axes.items()
    }
    return TrackedResult(found.verdict, found.headline, axes)
