"""What did the training look like, and is anything about it alarming?"""

from audit.run.training_alarms import alarms_at_the_end
from audit.run.training_files import Metrics


def alarms(metrics: Metrics) -> list[str]:
    """Return a sentence or two for everything about the curves that a reviewer should know."""
    return [alarm.sentence() for alarm in alarms_at_the_end(metrics)]
