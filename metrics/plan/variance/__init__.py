"""Why a plan is missed: the gap of won revenue in its parts, and what chance makes of each."""
