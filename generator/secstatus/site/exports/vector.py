"""CVSS vectors: which version one is of. A reader refuses a document with a vector that is none."""

from __future__ import annotations

from functools import lru_cache

_V2 = (
    "AV:N,A,L AC:L,M,H Au:M,S,N C:N,P,C I:N,P,C A:N,P,C E:U,POC,F,H,ND RL:OF,TF,W,U,ND "
    "RC:UC,UR,C,ND CDP:N,L,LM,MH,H,ND TD:N,L,M,H,ND CR:L,M,H,ND IR:L,M,H,ND AR:L,M,H,ND"
)
_V3 = (
    "AV:N,A,L,P AC:L,H PR:N,L,H UI:N,R S:U,C C:N,L,H I:N,L,H A:N,L,H E:X,U,P,F,H RL:X,O,T,W,U "
    "RC:X,U,R,C CR:X,L,M,H IR:X,L,M,H AR:X,L,M,H MAV:X,N,A,L,P MAC:X,L,H MPR:X,N,L,H MUI:X,N,R "
    "MS:X,U,C MC:X,N,L,H MI:X,N,L,H MA:X,N,L,H"
)
_V4 = (
    "AV:N,A,L,P AC:L,H AT:N,P PR:N,L,H UI:N,P,A VC:H,L,N VI:H,L,N VA:H,L,N SC:H,L,N SI:H,L,N "
    "SA:H,L,N E:X,A,P,U CR:X,H,M,L IR:X,H,M,L AR:X,H,M,L MAV:X,N,A,L,P MAC:X,L,H MAT:X,N,P "
    "MPR:X,N,L,H MUI:X,N,P,A MVC:X,H,L,N MVI:X,H,L,N MVA:X,H,L,N MSC:X,H,L,N MSI:X,H,L,N,S "
    "MSA:X,H,L,N,S S:X,N,P AU:X,N,Y R:X,A,U,I V:X,D,C RE:X,L,M,H U:X,Clear,Green,Amber,Red"
)


def _table(text: str) -> dict[str, frozenset[str]]:
    pairs = (metric.split(":") for metric in text.split())
    return {name: frozenset(values.split(",")) for name, values in pairs}


# Version: the prefix, the metrics in their order, and how many of them every vector has.
_VERSIONS = {
    "2.0": ("", _table(_V2), 6),
    "3.0": ("CVSS:3.0/", _table(_V3), 8),
    "3.1": ("CVSS:3.1/", _table(_V3), 8),
    "4.0": ("CVSS:4.0/", _table(_V4), 11),
}


@lru_cache(maxsize=4096)
def vector_version(vector: str) -> str:
    """`2.0`, `3.0`, `3.1` or `4.0`; empty for what is no whole vector of any of them."""
    for version, (prefix, metrics, base) in _VERSIONS.items():
        if vector.startswith(prefix) and _is_whole(vector.removeprefix(prefix), metrics, base):
            return version
    return ""


def _is_whole(text: str, metrics: dict[str, frozenset[str]], base: int) -> bool:
    pairs = [part.partition(":") for part in text.split("/")]
    names = [name for name, _, _ in pairs]
    known = all(value in metrics.get(name, ()) for name, _, value in pairs)
    if not known or len(set(names)) != len(names) or not set(names).issuperset([*metrics][:base]):
        return False
    # Only version 4 asks for the order.
    return "AT" not in metrics or names == [name for name in metrics if name in names]
