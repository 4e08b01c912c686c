"""`mocolab train SYSTEM`: train a system on a data set."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Generic, TypeVar

import torch
import tyro

from mocolab import engine
from mocolab.data import categories, open_data
from mocolab.mistakes import choose_from, require
from mocolab.system import Predictor, Retargeter, Sampler, Translator
from mocolab.systems import SYSTEMS
from mocolab.trainer import TrainConfig, Trainer

Config = TypeVar("Config")

VERBS = {Sampler: "sample", Retargeter: "retarget", Predictor: "predict", Translator: "translate"}
AT_LEAST_ONE = {"width", "num_frames", "step", "waves", "code_dim", "motion_dim", "feature_dim"}
"""Settings of systems without which there is no network; of others zero may mean none."""


@dataclass(frozen=True)
class Choice:
    """What decides the defaults of everything else."""

    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SYSTEM")]
    """The system to train."""
    data: str = "shapes"
    """A data set by name, or a folder of clips."""
    preset: str = "cpu"
    """smoke (seconds), cpu (minutes), or the full recipe: paper where published settings are known, else gpu."""


@dataclass(frozen=True)
class Train(Choice, Generic[Config]):
    """Train a system on a data set; the run's folder gets config.json, scores.jsonl, previews and last.pt."""

    folder: Path | None = None
    """The run's folder; runs/SYSTEM-DATA if not given."""
    resume: bool = False
    """Go on with the run in the folder."""
    system: Config = None
    """The system; its defaults come from the preset."""
    train: TrainConfig = field(default_factory=TrainConfig)
    """The training."""

    def run(self) -> None:
        for name, value in vars(self.system).items():
            if isinstance(value, int | float):
                require("--system.", 1 if name in AT_LEAST_ONE else 0, **{name: value})
        system_class, _ = SYSTEMS[self.name]
        torch.manual_seed(self.train.seed)
        system = system_class(self.system)
        data = open_data(self.data, self.system.size, split="train")
        folder = self.folder or Path("runs") / f"{self.name}-{Path(self.data).name}"
        trainer = Trainer(system, data, folder, self.train, self.resume)
        if self.resume and not trainer.resumes and engine.start(self.train.device).leads:
            print(f"{folder} holds no last.pt to go on with: a new run begins there.")
        trainer.fit()
        if trainer.place.leads:
            verb = next(verb for kind, verb in VERBS.items() if isinstance(system, kind))
            print(f"{folder} holds the run: step_*.gif to look at, and `mocolab {verb} {folder}` goes on from here.")


def pick(kind: str, name: str, among: Sequence[str]) -> str:
    """`name`, if it is one of `among`; else a `ValueError` that names them all."""
    if name not in among:
        raise ValueError(f"{name!r} is not a {kind}: {choose_from(name, among)}")
    return name


def parse(arguments: Sequence[str]) -> Train:
    """Two passes: system, data and preset decide the defaults, then every field can be set."""
    if not arguments or arguments[0].startswith("-"):
        if {"-h", "--help"} & set(arguments):
            described = f"Systems: {', '.join(SYSTEMS)}. `mocolab train SYSTEM --help` lists all its settings."
            tyro.cli(Choice, prog="mocolab train", description=described, args=["--help"])
        raise ValueError(
            f"SYSTEM comes first, and {arguments[0] if arguments else 'nothing'} was given: choose from "
            f"{', '.join(SYSTEMS)}, as in `mocolab train mocogan --data shapes`."
        )
    chosen, _ = tyro.cli(
        Choice, prog="mocolab train", args=[a for a in arguments if a not in ("-h", "--help")], return_unknown_args=True
    )
    _, presets = SYSTEMS[pick("system", chosen.name, list(SYSTEMS))]
    known = presets(len(categories(chosen.data)))
    preset = known[pick(f"preset of {chosen.name}", chosen.preset, list(known))]
    train = replace(TrainConfig(), steps=preset.steps, decay_after=preset.decay_after)
    default = Train(**asdict(chosen), system=preset.config, train=train)
    return tyro.cli(Train[type(preset.config)], prog="mocolab train", default=default, args=arguments)
