"""The command line: `mocolab VERB ...`. A verb's module is imported only when the verb is called."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from mocolab import __version__
from mocolab.mistakes import choose_from

VERBS = {
    "quickstart": "see a trained system, train one for three minutes, compare them",
    "train": "train a system on a data set",
    "sample": "clips from a trained system: MP4, GIF or PNG strips",
    "predict": "what happens after some pictures, or after a clip",
    "retarget": "a picture that moves as a clip does",
    "translate": "a clip in the look of another domain",
    "evaluate": "the figures of one or several trained systems, as a table and a chart",
    "reproduce": "train and measure the rows of a published table, and write its page",
    "lab": "your own copy of a lab, open in JupyterLab",
    "check": "a student's own lab, run and compared with the public values",
    "audit": "whether the checks of labs pass what is right and stop what is wrong",
    "release": "from the sources of labs: executed solutions, and the labs for students",
    "grade": "a class's submissions, in a jail, with nbval",
    "challenge": "students' predictors, run in a jail on clips that nobody has seen, and ranked",
    "data": "list, get, build, info, show: which data sets there are, and what they look like",
    "weights": "list, get: the published networks that judge clips",
}

USAGE = f"""mocolab {__version__}: understand and build GAN video synthesis

usage: mocolab VERB [options]      (mocolab VERB --help tells a verb's options)

{chr(10).join(f"  {verb:<12}{purpose}" for verb, purpose in VERBS.items())}
"""


def parse(arguments: Sequence[str]) -> Any:
    """The request that a command line stands for, checked but not carried out; it has a method `run`."""
    verb, *rest = arguments
    if verb not in VERBS:
        raise ValueError(f"{verb!r} is not a verb of mocolab: {choose_from(verb, VERBS)}")
    return import_module(f"mocolab.verbs.{verb}").parse(rest)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command line. A user's mistake ends in one sentence on the error stream and status 1."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return
    if arguments[0] in ("-V", "--version"):
        print(__version__)
        return
    try:
        parse(arguments).run()
    except (ValueError, OSError, FloatingPointError) as mistake:
        sys.exit(f"mocolab: {mistake}")
    except KeyboardInterrupt:
        sys.exit("mocolab: stopped. What was saved is whole; a training goes on with --resume.")
