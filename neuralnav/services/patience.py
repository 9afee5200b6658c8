"""How long the parts of a change may wait: together they fit into one turn of a conversation."""

from __future__ import annotations

from dataclasses import dataclass

READY_SHARE = 0.25
TRIAL_SHARE = 0.25
REMOVAL_SHARE = 0.25
"""What part of a turn may be spent on waiting for replicas, on trying them, and on watching them go where they failed;
the rest is for everything that is quick."""

LONGEST_TRIAL_S = 30.0
LONGEST_REMOVAL_S = 60.0


@dataclass(frozen=True)
class Patience:
    """The longest waits of one turn, in seconds."""

    ready_s: float = 30.0
    """For replicas to become ready; later turns go on from there."""
    trial_s: float = LONGEST_TRIAL_S
    """For the answers to all real requests of a trial."""
    removal_s: float = LONGEST_REMOVAL_S
    """For objects to go; what takes longer goes by itself."""

    @classmethod
    def within(cls, turn_s: float, ready_s: float) -> Patience:
        """What fits into a turn of ``turn_s``, waiting at most ``ready_s`` for replicas."""
        return cls(
            ready_s=min(ready_s, READY_SHARE * turn_s),
            trial_s=min(LONGEST_TRIAL_S, TRIAL_SHARE * turn_s),
            removal_s=min(LONGEST_REMOVAL_S, REMOVAL_SHARE * turn_s),
        )
