"""The pages of `mocolab reproduce improvement` and `improvement-faces`, with gaps for what was measured."""

from mocolab.experiments.ideas import DEAR

PAGE = """# Video prediction on {world}, idea by idea

MoCoGAN invents clips. What must be added for it to say what happens after one, two or three pictures, and which of
the additions pay? This page is written by the command

```
{command}
```

with {seeds}. Each training had {steps} steps at {size} px and width {width}, fewer only where a row says so; the judges
began to play after {alone} of them. {num_clips} clips that no training has seen, of {num_frames} frames, {step} frames
of the video apart, were cut after the third; every row foretells the same frames behind the cut, {futures} times, and
sees as many of the last pictures in front of it as its name says, three if it says nothing. {machines},
{date}.{missing}

- *1, 2, 3 pictures*: content from a picture, motion from so many. Pixels are compared on the given pictures alone;
  the future is left to the judges D_I and D_V.
- *Whole clips*: 1, 2 or 3 pictures; in training each clip is also rebuilt, on the noise that it tells when seen
  whole.{noise}
- *MoCoGAN's generator*: the same, painted without the gains and shifts by which z_C says how things look.
- *CycleGAN's generator*: the same, painted by residual blocks that repaint the first picture; with as many steps, and
  in about the same time, which is two fifths of the steps.
- *Over the first picture*: the same, which moves the first picture and paints over it through a mask, as VGAN does over
  its still background.{absolute}
- *64 videos alone*: the same with little data.
- *Autoencoder, L1*: no judges; drawn futures are compared with the true one, pixel by pixel.
- *L1 on drawn futures*: that comparison and, from the first step, the judges, from one picture, as the best earlier
  public attempts at this task had it. (Theirs regress the walk's start from the picture; here it is a learned
  constant.) Both of these with MoCoGAN's generator.
- *Checkpoint*: whole clips (faces: over the first picture), and several times the steps. It comes with the package.
- *Copy the last frame*, *constant velocity* and *empty scene* need no training: the last picture held; moved on as a
  whole, as its light has moved; the mean of all given pictures.

## Figures

{table}

Means over the horizon and over {futures} futures a clip; motion, and of faces the distance between the identities in
two frames of a clip, is relative to real clips; weights are those of the predictor. {networks}

At frames {horizon} behind the cut:

{apart}

![Figures over the horizon, one line a row.]({name}-horizons.png)

## What they say

{findings}

## To look at

![Real clips at the top, then for each row three given frames and the frames it foretells, seed 0; two clips in a
line.]({name}-clips.png)

## What the codes know

How well the look{look} and the way it goes in the clip{way} follow
from z_C and from the motion code m of the whole clip along straight lines: R^2, 1 is perfect, 0 no better than a guess.

{codes}

{guides}
All figures of all trainings: {{download}}`{name}.json`.
"""
OF_WORLD = {
    "shapes": {
        "noise": " A KL weight of {kl_weight:g} and {motion_dim} motion numbers keep futures from moving more than\n"
        "  real clips: noise that tells much in training is drawn too freely later.".format(**DEAR["shapes"]),
        "absolute": "",
        "look": " of a shape (disc or square, size, colour)",
        "way": "",
    },
    "faces": {
        "noise": "",
        "absolute": " Once more with *absolute errors* of what is rebuilt, where the others square them.",
        "look": " of a face (the dials that draw it)",
        "way": " (how far each\ndial of its motion turns from the first frame to the last)",
    },
}
"""What the pages of the two worlds say each for itself."""
GUIDES_AND_FORK = """## How many pictures tell the motion

Distance in pixels, without noise, between the painted centre and the true one, for the same frames after one, two or
three given pictures. The ideal knows the given centres and goes on with the place, the velocity, the acceleration that
they tell. These worlds leave little to chance, so the noise is made to say little: the models learn from whole clips
for {share} times as many steps, without judges, with a KL weight of {kl_weight:g} and {motion_dim} motion numbers.

{guides}

{findings}

## Two futures

Shapes that go straight on and then, at even odds, to the left or to the right. A model that learnt so from such clips
sees three pictures from before the turn and draws {drawn} futures. One that ends within {near} pixels of where a turn
would have led is near; sides are even where 30 to 70 % are nearer to each (of fair coins they are in {fair:.0%}). As in
the training, clips begin at any moment, so when the turn comes cannot be known: the first row is of who knows the rest.
The recipe is the one above, but behind {judged} steps with judges: of two ways the squared error likes the middle.

{fork}

"""
