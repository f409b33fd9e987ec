"""Telling the corpse of a killed run from a neighbour's."""

import subprocess
import sys

import pytest

from taskrunner.execution.labels import Owner, labels_of, owner_of
from taskrunner.execution.leftovers import is_dead
from taskrunner.host.process import ProcessIdentity, identity


@pytest.fixture
def us() -> ProcessIdentity:
    """Return the identity of this process."""
    return identity()


@pytest.fixture
def corpse(us: ProcessIdentity) -> ProcessIdentity:
    """Return the identity of a process of this machine that has ended."""
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    return us._replace(pid=child.pid, start="1")


def owned_by(process: ProcessIdentity) -> Owner:
    """Return the owner of a thing that this process made."""
    return Owner("project", "run", process)


def test_labels_carry_the_owner_there_and_back(us: ProcessIdentity) -> None:
    """What we write on a container says all that we need to know later."""
    assert owner_of(labels_of(owned_by(us))) == owned_by(us)


def test_labels_say_what_may_stay(us: ProcessIdentity) -> None:
    """What a person asked to keep is known as such to later runs."""
    kept = owned_by(us)._replace(may_stay=True)

    assert owner_of(labels_of(kept)) == kept


@pytest.mark.parametrize("missing", ["taskrunner.run", "taskrunner.pid", "taskrunner.boot"])
def test_a_thing_with_incomplete_labels_has_no_owner(us: ProcessIdentity, missing: str) -> None:
    """What does not say who made it is never taken for ours."""
    labels = labels_of(owned_by(us))
    del labels[missing]

    assert owner_of(labels) is None


def test_labels_that_are_no_numbers_have_no_owner(us: ProcessIdentity) -> None:
    """A stranger's label of the same name is not trusted."""
    assert owner_of({**labels_of(owned_by(us)), "taskrunner.pid": "many"}) is None


def test_a_run_of_a_process_that_is_gone_is_dead(us: ProcessIdentity, corpse: ProcessIdentity) -> None:
    """Same machine, same boot, same namespace, no such process."""
    assert is_dead(owned_by(corpse), us, same_machine_for_sure=False)


def test_a_run_that_lives_is_not_dead(us: ProcessIdentity) -> None:
    """Not even when it is our own."""
    assert not is_dead(owned_by(us), us, same_machine_for_sure=True)


@pytest.mark.parametrize("field", ["machine", "pid_namespace"])
def test_another_machines_or_namespaces_run_is_never_ours_to_judge(
    us: ProcessIdentity, corpse: ProcessIdentity, field: str
) -> None:
    """Process ids of elsewhere mean nothing here."""
    foreign = corpse._replace(**{field: "elsewhere"})

    assert not is_dead(owned_by(foreign), us, same_machine_for_sure=True)


def test_a_run_before_the_last_boot_is_dead_only_on_this_machines_own_engine(
    us: ProcessIdentity, corpse: ProcessIdentity
) -> None:
    """Copies of a virtual machine share their machine id, and may share an engine over the network."""
    # A container as this test may run in has no machine id.
    us, corpse = us._replace(machine="a-machine"), corpse._replace(machine="a-machine")
    before = owned_by(corpse._replace(boot="an-earlier-boot"))

    assert is_dead(before, us, same_machine_for_sure=True)
    assert not is_dead(before, us, same_machine_for_sure=False)
