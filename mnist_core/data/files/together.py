"""Which of several uploaded files form one data set."""

from collections.abc import Sequence

from mnist_core.common.language import Text, _
from mnist_core.data.files import idx_files, tables
from mnist_core.data.files.tree import part_of, shortened


def with_the_newest(names: Sequence[str]) -> list[int]:
    """The places of the files that form a data set with the newest one, which is the last.

    IDX files belong together, and so do tables that are called after different parts, such as train.csv and test.csv.
    Any other file is a data set of its own. Of two files with the same role, the newer one counts.
    """
    last = len(names) - 1
    newest = _role(names[last])
    if newest is None:
        return [last]
    of_role = {role: place for place, name in enumerate(names) if (role := _role(name)) and role[0] == newest[0]}
    return sorted(of_role.values())


def left_out(names: Sequence[str], kept: Sequence[int]) -> Text | None:
    """A sentence about the other files; None if there are none."""
    if len(kept) == len(names):
        return None
    return _(
        "Only the newest data set is used: {used}. Left out: {names}.",
        used=shortened([names[place] for place in kept]),
        names=shortened([name for place, name in enumerate(names) if place not in kept]),
    )


def _role(name: str) -> tuple[str, str] | None:
    """What kind of set a file can be a part of, and which part; None if it is a whole data set."""
    if idx_files.is_idx(name):
        return "idx", name.casefold()
    if name.lower().endswith(tables.ENDINGS) and (part := part_of(name)):
        return "table", part
    return None
