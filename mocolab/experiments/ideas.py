"""The trainings of `mocolab reproduce improvement`: MoCoGAN for prediction, idea by idea."""

from mocolab.data.given import GIVEN
from mocolab.experiments.training import Row, Tier
from mocolab.protocol import Protocol

SYSTEM = "mocogan_predict"
GUIDES = ("shapes-velocity", "shapes-acceleration")
RESNET = {"draw": "resnet", "blocks": 2}
PAINTED = {"shapes": 0.5, "faces": 0.0025}  # at first: of a black picture nothing is worth keeping
ABSOLUTE = {"distance": "l1", "rebuild_weight": 100.0}  # shapes, with no judges at first, would vanish by it
# Shapes go where chance takes them. On the preset's cheaper noise their futures move half as much again as real clips.
DEAR = {"shapes": {"kl_weight": 2.0, "motion_dim": 32}, "faces": {}}
EARLIER = {"draw": "dcgan", "drawn": True, "distance": "l1", "alone": 0}


def rows(world: str) -> tuple[Row, ...]:
    """The ideas, one after the other, and two systems to compare with."""

    def row(title: str, folder: str, share: float = 1.0, data: str = world, **changes) -> Row:
        return Row(title, f"{world}-{folder}", SYSTEM, data, DEAR[world] | changes, share)

    over = {"draw": "modulated", "paint_over": PAINTED[world]}
    faces_alone = (row("over the first picture, absolute errors", "absolute", **over, **ABSOLUTE),)
    return (
        row("1 picture", "1", whole=False, given=(1,)),
        row("2 pictures", "2", whole=False, given=(2,)),
        row("3 pictures", "3", whole=False, given=(3,)),
        row("whole clips", "whole"),
        row("whole clips, MoCoGAN's generator", "dcgan", draw="dcgan"),
        row("whole clips, CycleGAN's generator", "resnet", **RESNET),
        row("the same in the time of the others", "resnet-time", share=0.4, alone=400, **RESNET),
        row("whole clips, over the first picture", "over", **over),
        *(faces_alone if world == "faces" else ()),
        row("whole clips, of 64 videos alone", "few", data=f"{world}-few"),
        row("autoencoder, L1", "autoencoder", adversaries=False, **EARLIER),
        row("1 picture, L1 on drawn futures", "earlier", given=(1,), **EARLIER),
    )


# Where little is left to chance the noise should say little, and the painter has time to listen to the codes instead.
EXACT = {"adversaries": False, "kl_weight": 5.0, "kl_steps": 2000, "motion_dim": 32}
# Of two ways the squared error likes the middle, and judges do not.
JUDGED = EXACT | {"adversaries": True, "alone": 2000}
FORK = Row("whole clips", "shapes-branching", SYSTEM, "shapes-branching", JUDGED, share=2.3)
GUIDED = tuple(Row(name, name, SYSTEM, name, EXACT, share=2.3) for name in GUIDES)
SLIM = {f"{world}-resnet{time}": {"draw_width": 8} for world in ("shapes", "faces") for time in ("", "-time")}
TIERS = {
    "smoke": Tier("smoke", Protocol(num_frames=8, step=2, num_clips=16), steps=4),
    # Up to three minutes of one quiet core a training, the fork five, CycleGAN's generator with as many steps six.
    "cpu": Tier("cpu", Protocol(num_frames=GIVEN + 10, step=2), SLIM),
    "gpu": Tier("gpu", Protocol(num_frames=16, step=2)),
}
