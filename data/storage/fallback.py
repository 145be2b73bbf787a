"""Saying that a store fell back to an older generation, in every command."""

from __future__ import annotations

import sys

from data.errors import StoreError
from data.storage.store import Store


def warn_of_fallback(store: Store) -> None:
    """Name a damaged current generation on standard error, with how to mend the store.

    Says nothing of a whole or an empty store, nor of one that cannot be read at all: the command
    that needs it fails by itself.
    """
    try:
        fallback = store.fallback()
    except StoreError:
        return
    if fallback is not None:
        sys.stderr.write(f"Warning: {fallback}\n")
