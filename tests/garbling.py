"""A model file whose sections are not what they were, without the trouble of writing it."""

from __future__ import annotations

from collections.abc import Mapping

from despin import Config, Repairer
from despin.channel.overlay import RowTexts
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.errors import ModelError
from despin.model.container import Container

__all__ = ["Garbled", "repairer_of"]


class Garbled:
    """A container in which some sections are replaced, as a file with checksums that fit would have them."""

    def __init__(self, container: Container, sections: Mapping[str, bytes]) -> None:
        self._container = container
        self._sections = sections
        self.metadata = container.metadata

    def __contains__(self, name: str) -> bool:
        return name in self._container

    def section(self, name: str) -> memoryview:
        """A section, perhaps another one than the file has."""
        return memoryview(self._sections[name]) if name in self._sections else self._container.section(name)

    def damaged(self, reason: str) -> ModelError:
        """What the container says."""
        return self._container.damaged(reason)


def repairer_of(container: Garbled, *, fuzzy: bool = True) -> Repairer:
    """A repairer with this model, opened just as one from a file is.

    Args:
        fuzzy: Whether damaged phrases are looked for, which takes half a second to prepare.

    Raises:
        ModelError: The model is refused.
    """
    tool = Repairer(config=Config.of("eager", fuzzy=fuzzy))
    model = Model(container)
    tool._decoder = Decoder(model, None, container.metadata["decision"])
    tool._rows = RowTexts(container, [])
    tool._models = [model]
    return tool
