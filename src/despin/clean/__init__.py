"""From files of records to files of repaired records, with nothing lost: what ``despin clean`` does.

>>> from despin.clean import Plan, clean  # clean(Plan((Path("in.jsonl"),), Path("out.jsonl")))
"""

from despin.clean.plan import Plan
from despin.clean.run import CompleteError, InterruptedRunError, clean
from despin.clean.summary import Summary

__all__ = ["CompleteError", "InterruptedRunError", "Plan", "Summary", "clean"]
