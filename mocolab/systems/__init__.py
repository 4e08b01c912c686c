"""All systems, by the name they have on the command line: the class, and its presets by number of categories."""

from mocolab.systems.generation import mocogan, tgan, vgan
from mocolab.systems.prediction import mocogan_predict
from mocolab.systems.retargeting import dual_mtgan
from mocolab.systems.translation import cyclegan

SYSTEMS = {
    "mocogan": (mocogan.MoCoGAN, mocogan.presets),
    "vgan": (vgan.VGAN, vgan.presets),
    "tgan": (tgan.TGAN, tgan.presets),
    "mocogan_predict": (mocogan_predict.MoCoGANPredict, mocogan_predict.presets),
    "dual_mtgan": (dual_mtgan.DualMTGAN, dual_mtgan.presets),
    "cyclegan": (cyclegan.CycleGAN, cyclegan.presets),
}
