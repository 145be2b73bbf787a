"""Which files are exports of the made-up company: known by their content, not by their names.

`write_sample` leaves `manifest.json` beside the exports, with the digest of each. A file is the
sample's when the manifest of its folder lists its digest: an own export in the same folder is not,
and neither is a sample file that was edited.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

_NAME = "manifest.json"

_FORMAT = "backcast sample"


def write_manifest(directory: Path, names: Iterable[str]) -> None:
    """Note the SHA-256 of each of these files of the folder in its `manifest.json`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     export = Path(folder, "leads.csv")
    ...     _ = export.write_text("lead_id\\n")
    ...     write_manifest(Path(folder), ["leads.csv"])
    ...     digest = hashlib.sha256(export.read_bytes()).hexdigest()
    ...     is_of_sample(export, digest), is_of_sample(export, "0" * 64)
    (True, False)
    """
    digests = {name: _sha256(directory / name) for name in sorted(names)}
    text = json.dumps({"format": _FORMAT, "sha256": digests}, indent=1)
    (directory / _NAME).write_text(text + "\n", encoding="utf-8")


def is_of_sample(path: Path, digest: str) -> bool:
    """Whether the manifest beside the file lists its digest; False where there is no manifest."""
    try:
        written = json.loads((path.parent / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(written, dict) or written.get("format") != _FORMAT:
        return False
    digests = written.get("sha256")
    return isinstance(digests, dict) and digest in digests.values()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
