"""Two installations that share a home keep their hands off each other's deployments."""

from __future__ import annotations

import pytest

from neuralnav.deployment.manifests.workload import INSTALLATION_MARK
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.deployment import DeploymentTarget, EngineMode, ManifestSet
from neuralnav.models.running import ChangeVerb
from tests.neuralnav.deployment.conftest import case
from tests.neuralnav.deployment.local.conftest import Bench

FIRST, SECOND = "0123456789ab", "ba9876543210"


def made_by(installation: str | None) -> ManifestSet:
    return case("one-nvidia-gpu").build(
        DeploymentTarget.LOCAL, EngineMode.SIMULATOR, installation=installation, local_replicas=1
    )


async def test_the_second_is_refused_and_ends_nothing_of_the_first(bench: Bench) -> None:
    theirs = made_by(FIRST)
    await bench.runtime.apply(theirs)
    order = bench.place(theirs).order()
    assert order is not None
    assert order.document.metadata.labels[INSTALLATION_MARK] == order.installation == FIRST

    for ours in (made_by(SECOND), made_by(None)):
        found = await bench.runtime.preflight(ours)
        assert found.changes == ()
        (problem,) = found.problems
        assert f"is on this machine already: another NeuralNav (installation {FIRST}) has it" in problem
        with pytest.raises(InvalidInputError, match="another NeuralNav"):
            await bench.runtime.apply(ours)
        state = await bench.runtime.state(ours)
        assert (state.wanted, state.current, state.endpoint) == (0, False, None)
        with pytest.raises(UnavailableError, match="does not run"):
            async with bench.runtime.client(ours):
                pytest.fail("there is a client")
        await bench.runtime.remove(ours)

    assert bench.place(theirs).order() == order
    assert bench.supervisors(theirs)
    assert {change.verb for change in (await bench.runtime.preflight(theirs)).changes} == {ChangeVerb.UNCHANGED}
    await bench.runtime.remove(theirs)
    assert not bench.place(theirs).exists()
    assert (await bench.runtime.preflight(made_by(SECOND))).problems == ()


async def test_what_was_deployed_without_a_database_is_no_installations_own(bench: Bench) -> None:
    unmarked = made_by(None)
    await bench.runtime.apply(unmarked)
    (problem,) = (await bench.runtime.preflight(made_by(FIRST))).problems
    assert "it was deployed without a database" in problem
    await bench.runtime.remove(made_by(FIRST))
    assert bench.supervisors(unmarked)
    await bench.runtime.remove(unmarked)
    assert not bench.place(unmarked).exists()
