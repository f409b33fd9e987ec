"""The person who runs a task, in an image's account files."""

import pytest

from taskrunner.execution.accounts import with_group, with_shadow, with_user
from taskrunner.host.user import User

ALICE = User(1000, 1001, "alice", "staff")
ROOT = User(0, 0, "root", "root")

PASSWD = "root:x:0:0:root:/root:/bin/bash\nnode:x:1000:1000::/home/node:/bin/bash\n"
GROUP = "root:x:0:\nnode:x:1000:\n"


def first(text: str, number: str, field: int) -> str:
    """Return the name of the first line that has a number in a field, as look-ups find it."""
    return next(line.split(":")[0] for line in text.splitlines() if line.split(":")[field] == number)


def test_the_person_is_found_before_an_account_of_the_same_number() -> None:
    """An image's own user 1000 does not stand for the person, and stays."""
    passwd = with_user(PASSWD, ALICE, "/home/alice")

    assert first(passwd, "1000", 2) == "alice"
    assert passwd.startswith("alice:x:1000:1001:alice:/home/alice:/bin/sh\n")
    assert passwd.endswith(PASSWD)


def test_an_account_of_the_same_name_gives_way() -> None:
    """Two accounts of one name would be told apart by nobody."""
    passwd = with_user(PASSWD + "alice:x:77:77::/nowhere:/bin/false\n", ALICE, "/home/alice")

    assert [line for line in passwd.splitlines() if line.startswith("alice:")] == [
        "alice:x:1000:1001:alice:/home/alice:/bin/sh"
    ]


def test_root_keeps_its_shell_and_gets_the_home() -> None:
    """Who runs tasks as root is root in the container, at home where the config says."""
    passwd = with_user(PASSWD, ROOT, "/home/here")

    assert passwd.splitlines()[0] == "root:x:0:0:root:/home/here:/bin/bash"
    assert passwd.count("root:x:0:0") == 1


def test_an_image_without_account_files_gets_root_and_the_person() -> None:
    """Nothing in it has to be there before."""
    assert "root:x:0:0:" in with_user(None, ALICE, "/h")
    assert "root:x:0:" in with_group(None, ALICE)


def test_the_group_has_the_person_as_its_member() -> None:
    """The image's own groups stay."""
    assert with_group(GROUP, ALICE) == f"staff:x:1001:alice\n{GROUP}"
    assert with_group(GROUP, User(5, 0, "alice", "root")).splitlines()[0] == "root:x:0:alice"


def test_no_password_fits() -> None:
    """Nobody can log in as the person."""
    assert with_shadow("root:*:1:0:99999:7:::\n", ALICE).splitlines()[0].split(":")[:2] == ["alice", "*"]


@pytest.mark.parametrize("passwd", ["", "garbage\n", "alice\n", "alice:x\n", "alice:x:::::/bin/zsh\n"])
def test_broken_account_files_are_no_trouble(passwd: str) -> None:
    """What an image has there is not ours to judge."""
    assert with_user(passwd, ALICE, "/h").startswith("alice:x:1000:1001:alice:/h:")
