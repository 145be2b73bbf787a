"""A process that dies while somebody is forgotten leaves the old state or the new one."""

from __future__ import annotations

import multiprocessing

import pytest

from data.forget import Contact, Outcome, Told, forget
from data.generations import Store
from tests.privacy.planted import ANN, ANN_PHONE, Planted, found, keys_of
from tests.privacy.rewriting_process import forget_and_die

# The steps in order, with three generations to rewrite. Old is what CURRENT names until it is
# replaced; `_obey_obsolete` is called by the sweep first.
STEPS = [
    ("_sweep", 1),
    ("next_path", 2),
    ("_publish_all", 1),
    ("_synchronise_file", 3),
    ("_write_obsolete", 1),
    ("_rename", 1),
    ("_rename", 3),
    ("_synchronise_folder", 1),
    ("_write_pointer", 1),
    ("_replace_pointer", 1),
    ("_synchronise_folder", 2),
    ("_obey_obsolete", 2),
]
MOMENTS = [(step, call, after) for step, call in STEPS for after in (False, True)]
PUBLISHED = MOMENTS.index(("_replace_pointer", 1, True))

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.privacy.rewriting_process"])


@pytest.mark.slow
@pytest.mark.parametrize(("step", "call", "after"), MOMENTS)
def test_killed_at_a_step(planted: Planted, step: str, call: int, after: bool) -> None:
    old = [each.path.name for each in planted.store.generations()]
    contact = Contact(Told.EMAIL, ANN)
    ours, theirs = _processes.Pipe(duplex=False)
    arguments = (planted.store.path, contact, step, call, after, theirs)
    process = _processes.Process(target=forget_and_die, args=arguments, daemon=True)
    process.start()
    process.join(120)
    assert process.exitcode == -9
    ours.close()

    new = MOMENTS.index((step, call, after)) >= PUBLISHED or (step, after) == ("_publish_all", True)
    store = Store(planted.store.path)
    assert store.alarm() is None
    assert (store.current().path.name in old) is not new
    if not new:
        assert [each.path.name for each in store.generations()] == old

    again = forget(planted.store, contact)

    assert again.outcome is (Outcome.ALREADY_ERASED if new else Outcome.ERASED)
    files = sorted(each.name for each in planted.store.path.iterdir())
    kept = [each.path.name for each in planted.store.generations()]
    assert len(kept) == 3
    assert files == sorted([*kept, "CURRENT", "LOCK"])
    for generation in planted.store.generations():
        content = generation.path.read_bytes()
        assert found(content, ["crm000077", "gardener"]) == []
        assert all(content.count(key.encode()) == 1 for key in keys_of(ANN, ANN_PHONE))
