"""The luck of leads, drawn so that leads that come later leave that of earlier ones alone."""

from __future__ import annotations

import numpy as np

from data.sample_company.world.planted import Numbers


def draw_luck(
    random: np.random.Generator, count: int, normals: int, uniforms: int
) -> tuple[Numbers, Numbers]:
    """Standard normal and uniform luck of `count` leads or accounts: kinds × count.

    More of them have the same luck at the beginning.

    >>> few, _ = draw_luck(np.random.default_rng(7), 3, 2, 0)
    >>> more, _ = draw_luck(np.random.default_rng(7), 9, 2, 0)
    >>> bool((more[:, :3] == few).all())
    True
    """
    of_normal, of_uniform = random.spawn(2)
    return (
        np.ascontiguousarray(of_normal.normal(size=(count, normals)).T),
        np.ascontiguousarray(of_uniform.random((count, uniforms)).T),
    )
