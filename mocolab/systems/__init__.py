"""All systems, by the name they have on the command line: the class, and its presets by number of categories."""

from mocolab.systems.generation import mocogan, tgan, vgan

SYSTEMS = {
    "mocogan": (mocogan.MoCoGAN, mocogan.presets),
    "vgan": (vgan.VGAN, vgan.presets),
    "tgan": (tgan.TGAN, tgan.presets),
}
