"""Ids of resources in a FHIR bundle and references to them; the same records always get the same ids."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from core.exports.fhir_codes import Json

URI = "urn:ietf:rfc:3986"


def derived(*names: str) -> UUID:
    """An id that is always the same for the same names."""
    return uuid5(NAMESPACE_URL, "hemiface:" + "/".join(names))


def observation_id(belongs_to: str, name: str) -> UUID:
    """Id of an observation of an analysis or a visit.

    Args:
        belongs_to: id of the analysis or visit.
        name: unique within it.
    """
    return derived(str(UUID(belongs_to)), name)


def url(identity: UUID) -> str:
    """The address of a resource in the bundle, e.g. "urn:uuid:…"."""
    return f"urn:uuid:{identity}"


def reference(identity: UUID) -> Json:
    """A reference to a resource of the bundle."""
    return {"reference": url(identity)}


def outside(kind: str, identity: UUID, words: str) -> Json:
    """A reference to a resource that is not in the bundle: by its identifier, since nothing could be resolved."""
    return {"type": kind, "identifier": {"system": URI, "value": url(identity)}, "display": words}
