"""All systems, by the name they have on the command line: the class, and its presets by number of categories."""

from mocolab.systems.generation import mocogan

SYSTEMS = {
    "mocogan": (mocogan.MoCoGAN, mocogan.presets),
}
