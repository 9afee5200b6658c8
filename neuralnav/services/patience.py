"""How long the parts of a change may wait: together they fit into one turn of a conversation."""

from __future__ import annotations

from dataclasses import dataclass

VALIDATION_SHARE = 0.5
"""What part of a turn all checks of a deployment may take: less than one node of the conversation may."""

READY_SHARE = 0.25
TRIAL_SHARE = 0.25
JUDGING_SHARE = 1 / 12
"""What parts of a turn the checks may spend at most on waiting for replicas and on trying them, and what they keep for
working out what was to be expected. Whatever comes later has what those before it left."""

CHANGE_SHARE = 0.25
"""What part of a turn starting or ending processes may take."""

REMOVAL_SHARE = 0.2
"""What part of a turn may be spent on watching what was taken away go."""

LEAST_TRIAL_SHARE = 0.25
"""With less than this of its time a trial would tell of nothing but its haste."""

LONGEST_TRIAL_S = 30.0
LONGEST_REMOVAL_S = 60.0


@dataclass(frozen=True)
class Patience:
    """The longest waits of one turn, in seconds; the defaults are those of a turn of 120 s."""

    ready_s: float = 30.0
    """For replicas to become ready; later turns go on from there."""
    trial_s: float = LONGEST_TRIAL_S
    """For the answers to all real requests of a trial."""
    judging_s: float = 10.0
    """What is kept for the prediction that a trial is held against."""
    removal_s: float = 24.0
    """For objects to go; what takes longer goes by itself."""
    validate_s: float = 60.0
    """For all of a deployment's checks together: the replicas, the trial, and the prediction."""
    change_s: float = 30.0
    """For starting or ending what runs on this machine."""

    @classmethod
    def within(cls, turn_s: float, ready_s: float) -> Patience:
        """What fits into a turn of ``turn_s``, waiting at most ``ready_s`` for replicas."""
        return cls(
            ready_s=min(ready_s, READY_SHARE * turn_s),
            trial_s=min(LONGEST_TRIAL_S, TRIAL_SHARE * turn_s),
            judging_s=JUDGING_SHARE * turn_s,
            removal_s=min(LONGEST_REMOVAL_S, REMOVAL_SHARE * turn_s),
            validate_s=VALIDATION_SHARE * turn_s,
            change_s=CHANGE_SHARE * turn_s,
        )

    def trial_within(self, left_s: float) -> float | None:
        """How long a trial may take where the checks have ``left_s``; ``None``: too little is left to try at all."""
        most_s = min(self.trial_s, left_s - self.judging_s)
        return most_s if most_s >= LEAST_TRIAL_SHARE * self.trial_s else None
