"""What a run is given and no check of it uses: a note says so, and a file of it that is not there is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError
from ..results.controls import names
from ..results.correspondence.controls import RANDOM_MODEL
from ..results.tables import TABLES
from ..runtime.arguments import file_name
from ..runtime.files import unreadable
from .given import is_template, names_a_file, norm_sets
from .settings import Settings

__all__ = ["unused_notes"]

# what only some checks use, under its name in Python
_INPUTS: dict[str, tuple[str, ...]] = {
    "texts": ("correspondence", "influence", "relations"),
    "text_column": ("correspondence", "influence", "relations"),
    "norms": ("properties", "hybrid"),
    "pairs": ("relations", "hybrid"),
    "templates": ("relations", "properties", "hybrid"),
    "confounds": ("properties",),
}
_SETTINGS: dict[str, tuple[str, ...]] = {
    "head": ("influence",),
    "value_zeroing": ("influence",),
    "reading": ("relations", "hybrid"),
    "metric": ("properties",),
    "mapping": ("properties",),
    "low_memory": ("correspondence",),
}


def unused_notes(given: Mapping[str, Any], only: Sequence[str]) -> list[str]:
    """Return a note for each input that is given and each setting that is not its default, where no check uses it.

    Parameters
    ----------
    given : mapping
        Inputs and settings under their names in ``check``; None is not given.
    only : sequence of str
        Checks that are run.

    Raises
    ------
    InputError
        Where a file is named that is not there, although nothing would read it.
    """
    found = {name: _INPUTS[name] for name in _INPUTS if given.get(name) is not None}
    for name, users in _SETTINGS.items():
        default = getattr(Settings, name)
        if given.get(name, default) != default:
            found[name] = users
    unused = {name: users for name, users in found.items() if not set(users) & set(only)}
    for name in unused:
        for one in norm_sets(given[name]) if name == "norms" else [given[name]]:
            if isinstance(one, str | os.PathLike):
                _refuse_no_file(name, one)
    notes = [f"{name} was given but not used: it is for {' and '.join(users)}" for name, users in unused.items()]
    own = {control for check in only for control in names(TABLES[check])}
    controls = given.get("controls", Settings.controls)
    left = [name for name in controls if name not in own]
    if given.get("random", Settings.random) != Settings.random and RANDOM_MODEL.name not in controls:
        notes.append(f"random was given but not used: {RANDOM_MODEL.name} is not among the controls")
    if left and set(controls) != set(Settings.controls):
        notes.append(f"controls of checks that were not run: {', '.join(left)}")
    return notes


def _refuse_no_file(name: str, given: str | os.PathLike[str]) -> None:
    files = {
        "norms": True,
        "pairs": True,
        "confounds": True,
        "templates": not is_template(given),
        "texts": names_a_file(given),
    }
    if not files.get(name) or str(given) == "-":
        return
    path, expected = file_name(name, given), f"a file of {name}"
    try:
        path.stat()
    except (OSError, ValueError) as error:
        raise unreadable(path, error, expected) from None
    if path.is_dir():
        raise InputError(f"{path}: is a folder; expected {expected}")
