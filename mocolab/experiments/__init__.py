"""The tables of `mocolab reproduce`, by name."""

from mocolab.experiments.improvement import IMPROVEMENT
from mocolab.experiments.table1 import TABLE1

EXPERIMENTS = {"table1": TABLE1, **IMPROVEMENT}
