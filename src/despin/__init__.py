"""despin finds the phrasing that article spinners leave behind and puts the original wording back."""

from despin._api import inspect, repair, repair_many, spin_score
from despin.channel.rows import Row
from despin.config import Config
from despin.errors import ConfigError, DespinError, DictionaryError, ModelError
from despin.repairer import Repairer
from despin.report import Alternative, Edit, Report

__all__ = [
    "Alternative",
    "Config",
    "ConfigError",
    "DespinError",
    "DictionaryError",
    "Edit",
    "ModelError",
    "Repairer",
    "Report",
    "Row",
    "inspect",
    "repair",
    "repair_many",
    "spin_score",
]
__version__ = "0.1.0"
