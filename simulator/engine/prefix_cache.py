"""Which blocks of tokens are in the KV cache: what a prompt shares with earlier ones need not be computed again.

As in vLLM (``vllm/v1/core/block_pool.py``): only full blocks count, a block is known by its tokens and all before them,
blocks of running requests stay, and those that nobody uses any more are given away in the order in which they came
free, the last block of a request first. Blocks that hold generated tokens count too, so that the next turn of a
conversation finds the answer that it repeats; all but the last token of an answer have been computed.

Not modelled: that generated tokens are found while their request still runs, that a preempted request finds its own
again, and that requests which share blocks take less room (the scheduler counts the blocks of each).
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence, Set


def block_keys(tokens: Sequence[int], block_tokens: int, behind: int = 0) -> array[int]:
    """A key for each full block of ``tokens`` (ids); equal keys mean equal tokens from the first one of the prompt on.

    ``behind`` is the key of the block before them; 0 where they are the first.
    """
    ids = array("q", tokens)
    size = block_tokens * ids.itemsize
    data = ids.tobytes()
    keys, key = array("q"), behind
    for start in range(0, len(data) - size + 1, size):
        key = hash((key, data[start : start + size]))
        keys.append(key)
    return keys


class PrefixCache:
    """The keys of blocks in use, each with the number of its users, and of blocks that nobody uses."""

    def __init__(self) -> None:
        self._users: dict[int, int] = {}
        self._unused: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._users) + len(self._unused)

    def matching(self, keys: Sequence[int], coming: Set[int]) -> int:
        """How many of the first blocks are there, or are ``coming`` with requests of the same step."""
        for count, key in enumerate(keys):
            if key not in self._users and key not in self._unused and key not in coming:
                return count
        return len(keys)

    def use(self, keys: Sequence[int]) -> None:
        """A running request has these blocks."""
        for key in keys:
            self._unused.pop(key, None)
            self._users[key] = self._users.get(key, 0) + 1

    def release(self, keys: Sequence[int]) -> None:
        """It has them no longer; those that nobody else uses are kept while there is room."""
        for key in reversed(keys):
            users = self._users.pop(key)
            if users > 1:
                self._users[key] = users - 1
            else:
                self._unused[key] = None

    def keep(self, blocks: int) -> None:
        """Forget what nobody uses beyond this many blocks, the longest unused first."""
        while len(self._unused) > blocks:
            self._unused.popitem(last=False)
