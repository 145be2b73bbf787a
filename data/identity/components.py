"""Connected components of a graph of references, found by the engine."""

from __future__ import annotations

from data.engine.draft import Draft
from data.sql import Query, Step


def connect(draft: Draft, edges: str, into: str) -> None:
    """Find which nodes are connected, in rounds over the edges alone.

    `edges` is a relation with the columns `hub` and `spoke`. Makes the temporary table `into`:
    one row per node of an edge, with `node` and the smallest node of its component, `label`. Each
    round takes over the label of a neighbour's label, so that the number of rounds grows with the
    logarithm of the longest chain, and no row passes through Python. Raises EngineError with the
    failing step.
    """
    draft.build(
        "neighbour",
        Query(
            Step("graph_edges", f"SELECT hub, spoke FROM {edges} WHERE hub <> spoke"),
            Step(
                "node_neighbours",
                """
                SELECT hub AS node, spoke AS other FROM graph_edges
                UNION
                SELECT spoke, hub FROM graph_edges
                """,
            ),
        ),
    )
    labels = Step(
        "first_node_labels",
        "SELECT node, least(node, min(other)) AS label FROM neighbour GROUP BY node",
    )
    draft.build(into, Query(labels))
    if draft.has_any("neighbour"):
        while _round(draft, into):
            draft.execute(f"DROP TABLE {into}")
            draft.execute(f"ALTER TABLE relabelled RENAME TO {into}")
        draft.execute("DROP TABLE relabelled")
    draft.execute("DROP TABLE neighbour")


def _round(draft: Draft, labels: str) -> bool:
    """Make the table `relabelled`, one row per node; returns whether a label changed."""
    draft.build(
        "relabelled",
        Query(
            Step(
                "node_labels",
                f"""
                SELECT own.node, least(min(own.label), min(beyond.label)) AS label
                FROM {labels} AS own
                JOIN neighbour ON neighbour.node = own.node
                JOIN {labels} AS near ON near.node = neighbour.other
                JOIN {labels} AS beyond ON beyond.node = near.label
                GROUP BY own.node
                """,
            )
        ),
    )
    (changed,) = draft.one(
        f"""
        SELECT EXISTS (
            SELECT 1 FROM {labels} AS before JOIN relabelled USING (node)
            WHERE before.label <> relabelled.label
        )
        """
    )
    return bool(changed)
