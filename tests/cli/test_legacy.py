"""Commands of version 0.1 → today's, each with a hint."""

import pytest

from mnist_core.cli.legacy import translated
from mnist_core.common.errors import InputError
from mnist_core.config import legacy


def test_today_s_commands_stay_as_they_are() -> None:
    """Without a hint, whatever their values look like."""
    for command in (
        "train --preset quick --ema-decay 0.9 --name members",
        "finetune --include-earlier --label-issues exclude --trainable last-half",
        "models activate load",
        "models list",
        "",
    ):
        assert translated(command.split()) == (command.split(), [])


@pytest.mark.parametrize(
    ("old", "new"), [("find-rate", "lr-find"), ("models load", "models activate")], ids=["find-rate", "models load"]
)
def test_the_two_commands_are_renamed(old: str, new: str) -> None:
    """With their arguments; only as the first words."""
    words, hints = translated([*old.split(), "mine", "--json"])
    assert words == [*new.split(), "mine", "--json"]
    (hint,) = hints
    assert f"hint: {old} " in hint
    assert new in hint
    assert translated(["runs", "list", *old.split()]) == (["runs", "list", *old.split()], [])


NUMBERS = {old: new for old, new in legacy.FIELDS.items() if new not in legacy.VALUES}


@pytest.mark.parametrize(("old", "new"), NUMBERS.items(), ids=list(NUMBERS))
def test_every_flag_is_renamed(old: str, new: str) -> None:
    """In both spellings; its value, which may look like an old one, stays."""
    flag, today = f"--{old.replace('_', '-')}", f"--{new.replace('_', '-')}"
    words, hints = translated(["train", flag, "2", "--name", "mine"])
    assert words == ["train", today, "2", "--name", "mine"]
    assert [hint for hint in hints if flag in hint and today in hint] == hints != []
    assert translated(["train", f"{flag}=2"]) == (["train", f"{today}=2"], hints)


@pytest.mark.parametrize(
    ("flag", "value", "becomes"),
    [
        ("--doubtful", "leave out", "--label-issues exclude"),
        ("--doubtful", "learn", "--label-issues include"),
        ("--doubtful", "include", "--label-issues include"),
        ("--label-issues", "leave out", "--label-issues exclude"),
        ("--earlier", "learn again", "--include-earlier"),
        ("--earlier", "unlearn", "--exclude-earlier"),
        ("--trainable", "last half", "--trainable last-half"),
    ],
)
def test_every_old_value_is_translated(flag: str, value: str, becomes: str) -> None:
    """In both spellings, among other flags; a hint names what to write instead."""
    for given in ([flag, value], [f"{flag}={value}"]):
        words, hints = translated(["finetune", "--steps", "5", *given, "--json"])
        assert words == ["finetune", "--steps", "5", *becomes.split(), "--json"]
        assert becomes.split()[0] in hints[-1]
        assert all(hint.startswith("hint: ") for hint in hints)


def test_each_old_name_has_its_own_hint() -> None:
    """One for the command, and one for each flag."""
    words, hints = translated("find-rate --members 2 --views=3".split())
    assert words == "lr-find --ensemble-size 2 --test-time-views=3".split()
    assert [word for word, hint in zip(("find-rate", "--members", "--views"), hints, strict=True) if word in hint] == [
        "find-rate", "--members", "--views",
    ]  # fmt: skip


def test_a_flag_without_its_value_stays_one() -> None:
    """So that the command line itself says what is missing."""
    assert translated(["finetune", "--doubtful"])[0] == ["finetune", "--label-issues"]
    with pytest.raises(InputError, match="--earlier must be one of 'learn again', 'unlearn', not ''"):
        translated(["finetune", "--earlier"])
