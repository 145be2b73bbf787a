"""What a web address says about where a visit came from and what it saw."""

from __future__ import annotations

from data.sql import literal
from loaders.language.values import UTM

_WITH_SCHEME = r"^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//(?:[^/?#@]*@)?([^/:?#\s]+)"


_BARE_HOST = r"^([a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+)(?:[/:?#]|$)"


_BEFORE_PATH = (
    r"^(?:(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]*|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+(?::\d+)?)"
)


def address_parts(text: str) -> dict[str, str]:
    """SQL of each part of the address that a text is; null where it has none.

    Percent signs are decoded, and `+` is a space in the query. What is not decodable stands as
    written.
    """
    query = f"regexp_extract({text}, '\\?([^#]*)', 1)"
    parts = {name: _parameter(query, name) for name in UTM}
    path = f"regexp_extract({text}, '^[^?#]*')"
    path = f"regexp_replace({path}, {literal(_BEFORE_PATH)}, '')"
    decoded = f"coalesce(TRY(url_decode({path})), {path})"
    named = f"regexp_matches({text}, {literal(f'{_WITH_SCHEME}|{_BARE_HOST}')})"
    parts["path"] = f"CASE WHEN starts_with({path}, '/') THEN {decoded} WHEN {named} THEN '/' END"
    hosts = (
        f"nullif(regexp_extract({text}, {literal(pattern)}, 1), '')"
        for pattern in (_WITH_SCHEME, _BARE_HOST)
    )
    parts["host"] = f"lower(coalesce({', '.join(hosts)}))"
    return parts


def _parameter(query: str, name: str) -> str:
    written = f"regexp_extract({query}, {literal(f'(?i)(?:^|[&;]){name}=([^&]*)')}, 1)"
    spaced = f"replace({written}, '+', ' ')"
    return f"nullif(trim(coalesce(TRY(url_decode({spaced})), {spaced})), '')"
