# %% [markdown] mocolab={"role": "header", "id": "06", "title": "VoxCeleb: faces", "minutes": 150}
# # Lab 06. VoxCeleb: faces
#
# **Does it survive real people, honest splits and honest tables?** 25 points, about 150 minutes.
#
# Run the next cell. It prints a list of clips in the form in which crops of VoxCeleb are handed on:
# `person#video#start#end.mp4`, in two folders, `train` and `test`. The numbers are made up, and so are the people; the
# flaw is not. Take one minute: which people are on both sides?

# %% mocolab={"role": "demo"}
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Markdown

from mocolab import display
from mocolab.course import tier
from mocolab.data import Faces
from mocolab.data.faces import IDENTITY, landmarks, paint
from mocolab.metrics.prediction import psnr

DRESS = [IDENTITY.index(name) for name in ("shirt", "background", "background angle", "halo")]
rng = np.random.default_rng(6)
people = [f"id9{number:04}" for number in rng.choice(9999, 16, replace=False)]


def crops(side, owners, films):
    """Paths of made-up crops, one for each owner: person `owner`, in one of the person's films."""
    begins = (100 * k + (51 if side == "test" else 1) for k in range(len(owners)))
    clips = zip(owners, films, begins)
    return [f"{side}/{people[who]}#film{who:02}{film}#{begin:06}#{begin + 64:06}.mp4" for who, film, begin in clips]


train_list = crops("train", rng.permutation(np.repeat(np.arange(12), 2)), "ab" * 12)
test_list = crops("test", rng.permutation([3, 3, 3, 8, 8, 12, 12, 13, 13, 14, 14, 15]), "abab" * 3)
rows = [f"{left:44}{right}" for left, right in zip(train_list, test_list + [""] * len(train_list))]
print("\n".join(rows))

# %% [markdown] mocolab={"role": "text"}
# <details><summary>Open this after your minute</summary>
#
# id95170 and id96324, whose films are called `film03` and `film08`, are on both sides: 5 of the 12 test clips are of
# somebody who was in training. In the list that the first order motion model was published with (Siarohin et al.,
# 2019), it is two people as well, id10306 and id10282: 4 of 19,550 training clips, and 45 of the 525 test clips, 8.6 %.
# Two films of that list are in both parts too. Leaving out the four training clips mends it.
#
# </details>
#
# What does it change? The next cell draws a face for each person of the list, and its clips: one face per person, one
# shirt and background per film. The "model" is the simplest there is, a memory. Asked for the future of a picture, it
# looks up the training clip that begins most like it, and plays how that one went on. The same memory, two tables.
#
# **Predict first.** By how many decibels of PSNR does the memory look better on the test clips of people that it has
# seen?

# %% mocolab={"role": "predict"}
# Not scored. Write your guess before you run the next cell.
more_decibels = "..."

# %% mocolab={"role": "demo"}
size, num_frames = 32, 8
faces = Faces(size=size)


def crop(path):
    """The clip that a made-up path stands for, [3, T, 32, 32]: the person's face, dressed as in this film."""
    person, film, start, _ = path.split("/")[1].split("#")
    who = faces.identity(torch.tensor([int(person[2:])]))
    who[:, DRESS] = faces.identity(torch.tensor([int(film[4:6]) * 100 + ord(film[6])]))[:, DRESS]
    moments = torch.arange(0, 2 * num_frames, 2)[None]
    return paint(who, faces.motion(torch.tensor([int(start)]), moments), size)[0] / 127.5 - 1


known, asked = (torch.stack([crop(path) for path in side]) for side in (train_list, test_list))
nearest = torch.cdist(asked[:, :, 0].flatten(1), known[:, :, 0].flatten(1)).argmin(dim=1)
futures = {"memory": known[nearest][:, :, 1:], "copy the last": asked[:, :, :1].expand_as(asked[:, :, 1:])}
met = torch.tensor([any(path.split("/")[1][:7] in other for other in train_list) for path in test_list])
lines = [
    "| answer | all 12 test clips | the 7 of people not in training | the 5 of people in training |",
    "|---|--:|--:|--:|",
]
for name, future in futures.items():
    scores = psnr(future, asked[:, :, 1:]).mean(dim=1)
    lines.append(f"| {name} | {scores.mean():.2f} | {scores[~met].mean():.2f} | {scores[met].mean():.2f} |")
print(f"Your prediction: {more_decibels}")
Markdown("PSNR in dB of seven future frames, one given:\n\n" + "\n".join(lines))

# %% [markdown] mocolab={"role": "text"}
# The first column is the table of the published kind, the second the honest one. Which would you print? Then compare
# the two rows: copying the last picture knows nobody, so whatever moves *it* from column to column is luck of the
# clips.
#
# In this lab you write what stands between a folder of faces and a number that may be believed: who is in a file, who
# is held out, how long a static crop is good, whether the face stays the same face, whether a gain is more than luck.
# And what a stranger in your data is owed.
#
# ## The picture to remember
#
# At the end of the lab all that you have built since lab 03 is trained on faces, one step of the ladder after the
# other, each under three seeds, and measured on the same held-out clips:
#
# > **A gain is a difference of trainings, with its error. What has zero inside its 95 % interval is printed in grey.**
#
# You draw that picture yourself, with the function of exercise 6.4.
#
# **After this lab you can**
#
# 1. find people and films in the file names of VoxCeleb, and split by person so that nobody is on both sides;
# 2. tell for how long a static crop holds a moving head, and play 25 frames a second at another rate;
# 3. measure whether a face stays the same face, and say what such a figure does not tell;
# 4. compare two models over seeds, and print a gain with its error;
# 5. mark a clip as made, and say what the mark survives.
#
# **You need** labs 00 and 03; labs 04 and 05 for the rows of the board.
#
# **The data.** VoxCeleb (Nagrani et al., 2017; Chung et al., 2018) is a collection of faces that talk, cut from
# interviews: 1,251 people in VoxCeleb1, 6,112 in VoxCeleb2. These people can be recognised, and nobody asked them; so
# it does not come with this course, and nothing here needs it. Whoever has a copy opens it as `voxceleb`, behind a
# question about its terms (`mocolab data voxceleb`, and the page *VoxCeleb* of the book). The default is drawn: faces
# that look about, blink and stir the mouth, in tensors of the same form. Drawn faces have what no film has, the truth.
# Who it is, how the head is turned and where each corner of the mouth lies are known exactly:

# %% mocolab={"role": "demo"}
shown = Faces(size=64).with_truth(4, 12, 3, np.random.default_rng(3))
figure, panels = plt.subplots(1, 4, figsize=(9, 2.4))
for panel, clip, points in zip(panels, shown.clips, shown.landmarks):
    panel.imshow(clip[:, 6].permute(1, 2, 0))
    x, y = (points[6].T + 1) / 2 * 63
    panel.plot(x, y, "o", markersize=3, color="white", markeredgecolor="black")
    panel.axis("off")
display.picture(
    figure, alt="Four drawn faces, each with twelve small dots: on eyes, ends of the brows, nose, mouth, chin."
)
display.show(
    shown.clips[:2], alt="Two drawn faces that turn a little, blink and move the mouth; they differ in hair and skin."
)

# %% mocolab={"role": "given"}
import re
from hashlib import sha256

import torch
import torch.nn.functional as F
from torch import Tensor

from mocolab.course import check

# %% [markdown] mocolab={"role": "text"}
# ## 1. Who is in it, and who is held out
#
# A loader for VoxCeleb has to read paths, since the person and the film stand in nothing else. The package's loader
# knows four layouts; these are three of them.
#
# | layout | a path | person | video |
# |---|---|---|---|
# | VoxCeleb1, faces | `any/where/Eartha_Kitt/1.6/x6uYqmx31kE/0000025.jpg` | `Eartha_Kitt` | `x6uYqmx31kE` |
# | VoxCeleb2 | `dev/mp4/id00012/21Uxsk56VDQ/00001.mp4` | `id00012` | `21Uxsk56VDQ` |
# | crops | `train/id10280#NXjT3732Ekg#001093#001192.mp4` | `id10280` | `NXjT3732Ekg` |
#
# In the first, `1.6` is a folder of the release that is always called so. The last is a video, *or a folder of the
# same name*, ending in `.mp4`, with a picture for each frame inside.
#
# Then whole people are held out. Drawing lots works until the next person arrives and reshuffles everybody, so that
# the old test set is in the new training set. A hash has no such memory: each person is drawn alone, by name,
#
# $$\text{test} \iff \mathrm{sha256}(\text{salt:person}) \bmod 100 < \text{percent},$$
#
# and stays where they are for ever, on every machine. (Python's own `hash` of a text changes with every run.)
#
# ### Exercise 6.1: people and leaks
#
# | | |
# |---|---|
# | **Write** | `person_and_video(path)`, `split_people(people, percent, salt)` and `leak(train, test)` |
# | **`person_and_video`** | `(person, video)` of a path with `/` between its parts; the crop is a part of three `#` that ends in `.mp4`, wherever it stands; the file of VoxCeleb2 is digits and `.mp4`; what stands above the person may be anything, or nothing; anything else is a `ValueError` |
# | **`split_people`** | `(train, test)`: both sorted, each person once. A person is in test if `int(sha256(f"{salt}:{person}".encode()).hexdigest(), 16) % 100` is below percent |
# | **`leak`** | takes lists of `(person, video)`, one entry a clip, none of them empty; returns two shares of the *test clips*: of those whose person is in train, and of those whose video is in train, whoever is in it |
# | **Worth** | 5 points, difficulty 3 of 5, about 25 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Cut the path at `/`. Look for the crop first, in each part; then read from the end. For the leak, a set of the people
# in train, then a count over test clips.
#
# </details>
# <details><summary>Hint 2: the types</summary>
#
# `path.split("/")` is a list of texts; `parts[-1]` is the file. `zip(*pairs)` turns a list of pairs into all first and
# all second entries.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# for part in path.split("/"):
#     if ...:  # three # and .mp4 at the end
#         return ...
# if ...:  # the third part from the end is 1.6
#     return ...
# if re.fullmatch(r"\d+\.mp4", ...):
#     return ...
# raise ValueError(...)
# ```
#
# </details>
# <details><summary>Help: ValueError: too many values to unpack (expected 2)</summary>
#
# A crop has four fields between its `#`. Take the first two.
#
# </details>
# <details><summary>Help: TypeError: Strings must be encoded before hashing</summary>
#
# sha256 takes bytes: `text.encode()`.
#
# </details>
# <details><summary>Help: IndexError: list index out of range</summary>
#
# A path may have a single part. Ask for `len(parts)`, or use slices, which may be empty; or `match`.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "6.1"}
# def person_and_video(path: str) -> tuple[str, str]:
#     """(person, video) of a clip that lies in one of the three layouts; `ValueError` if it lies in none."""
#     raise NotImplementedError("Exercise 6.1: read person and video from the path.")
#
#
# def split_people(people: list[str], percent: int, salt: str) -> tuple[list[str], list[str]]:
#     """(train, test): each person once, on the side that a hash of salt and name tells; both lists sorted."""
#     raise NotImplementedError("Exercise 6.1: each person by a hash of salt and name.")
#
#
# def leak(train: list[tuple[str, str]], test: list[tuple[str, str]]) -> tuple[float, float]:
#     """The shares of the test clips, given as (person, video), whose person and whose video is in train."""
#     raise NotImplementedError("Exercise 6.1: shares of the test clips.")


# %% mocolab={"role": "answer", "id": "6.1", "points": 5, "minutes": 25, "difficulty": 3, "depends": []}
def person_and_video(path: str) -> tuple[str, str]:
    """(person, video) of a clip that lies in one of the three layouts; `ValueError` if it lies in none."""
    parts = path.split("/")
    for part in parts:
        if part.endswith(".mp4") and part.count("#") == 3:
            person, video, *_ = part.split("#")
            return person, video
    match parts:
        case [*_, person, "1.6", video, frame] if frame.endswith(".jpg"):
            return person, video
        case [*_, person, video, number] if re.fullmatch(r"\d+\.mp4", number):
            return person, video
    raise ValueError(f"{path} is neither NAME/1.6/VIDEO/FRAME.jpg, ID/VIDEO/NUMBER.mp4 nor PERSON#VIDEO#START#END.mp4.")


def split_people(people: list[str], percent: int, salt: str) -> tuple[list[str], list[str]]:
    """(train, test): each person once, on the side that a hash of salt and name tells; both lists sorted."""

    def held_out(person: str) -> bool:
        return int(sha256(f"{salt}:{person}".encode()).hexdigest(), 16) % 100 < percent

    everyone = sorted(set(people))
    return [one for one in everyone if not held_out(one)], [one for one in everyone if held_out(one)]


def leak(train: list[tuple[str, str]], test: list[tuple[str, str]]) -> tuple[float, float]:
    """The shares of the test clips, given as (person, video), whose person and whose video is in train."""
    known_people, known_videos = map(set, zip(*train))
    by_person = sum(person in known_people for person, _ in test) / len(test)
    by_video = sum(video in known_videos for _, video in test) / len(test)
    return by_person, by_video


# %% mocolab={"role": "check", "id": "6.1"}
probe = check("6.1", person_and_video, split_people, leak)


def word(length):
    letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789-_"
    return "".join(letters[k] for k in probe.sizes(length, 0, len(letters) - 1))


def digits(length):
    return "".join(map(str, probe.sizes(length, 0, 9)))


def found(path):
    try:
        return " in ".join(person_and_video(path))
    except ValueError:
        return "ValueError"


crop = f"{word(7)}#{word(11)}#{digits(6)}#{digits(6)}.mp4"
for stranger in (f"wav/id{digits(5)}/{word(11)}/00001.wav", "notes.txt", f"films/{word(9)}#{word(11)}.mp4"):
    probe.raises(f"no layout: {stranger.split('/')[0]}", ValueError, person_and_video, stranger)
people = [f"id{digits(5)}" for _ in range(36)]
percent, salt = probe.sizes(1, 25, 55)[0], word(5)
train, test = split_people(people + people[:9], percent, salt)
_, test_later = split_people([f"id{digits(5)}" for _ in range(9)] + people, percent, salt)
a, b, c, d, e = probe.sizes(5)
ann, bob, dan, first, second, third = (word(8) for _ in range(6))
clips = [(ann, first)] * e + [(bob, second), (word(8), word(8))]
others = [(word(8), word(8)) for _ in range(c)]
shares = leak(clips, [(ann, first)] * a + [(bob, third)] * b + others + [(dan, second)] * d)
probe.show(
    faces=found(f"data/{word(5)}/{word(5)}_{word(7)}/1.6/{word(11)}/{digits(7)}.jpg"),
    videos=found(f"dev/mp4/id{digits(5)}/{word(11)}/{digits(5)}.mp4"),
    videos_without_folders_above=found(f"id{digits(5)}/{word(11)}/{digits(5)}.mp4"),
    crop=found(f"train/{crop}"),
    frame_of_a_crop=found(f"test/{crop}/{digits(7)}.png"),
    people_of_train=" ".join(train),
    people_of_test=" ".join(test),
    of_test_when_others_join=" ".join(one for one in test_later if one in people),
    leak_by_person=shares[0],
    leak_by_video=shares[1],
)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "split by clip", "says": "One person on both sides: your score measures memory."}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-4], parts[-2]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     sides = [], []
#     for k, person in enumerate(people):
#         draw = int(sha256(f"{salt}:{person}:{k}".encode()).hexdigest(), 16) % 100
#         sides[draw < percent].append(person)
#     return sorted(set(sides[0])), sorted(set(sides[1]))
#
#
# def leak(train, test):
#     people, videos = map(set, zip(*train))
#     return sum(p in people for p, _ in test) / len(test), sum(v in videos for _, v in test) / len(test)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "shuffle and cut", "says": "A new person reshuffles everybody; a hash does not."}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-4], parts[-2]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     import random
#
#     everyone = sorted(set(people))
#     random.Random(salt).shuffle(everyone)
#     cut = len(everyone) * percent // 100
#     return sorted(everyone[cut:]), sorted(everyone[:cut])
#
#
# def leak(train, test):
#     people, videos = map(set, zip(*train))
#     return sum(p in people for p, _ in test) / len(test), sum(v in videos for _, v in test) / len(test)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "share of people", "says": "Count clips: two people were 45 clips."}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-4], parts[-2]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     def draw(person):
#         return int(sha256(f"{salt}:{person}".encode()).hexdigest(), 16) % 100
#     everyone = sorted(set(people))
#     return [p for p in everyone if draw(p) >= percent], [p for p in everyone if draw(p) < percent]
#
#
# def leak(train, test):
#     shares = []
#     for known, asked in zip(map(set, zip(*train)), map(set, zip(*test))):
#         shares.append(len(known & asked) / len(asked))
#     return tuple(shares)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "another hash", "says": "A hash, but not the asked one: sha256 of salt:person. (Python's own hash() changes with every run.)"}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-4], parts[-2]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     def draw(person):
#         return __import__("zlib").crc32(f"{salt}:{person}".encode()) % 100
#     everyone = sorted(set(people))
#     return [p for p in everyone if draw(p) >= percent], [p for p in everyone if draw(p) < percent]
#
#
# def leak(train, test):
#     people, videos = map(set, zip(*train))
#     return sum(p in people for p, _ in test) / len(test), sum(v in videos for _, v in test) / len(test)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "1.6 taken for the video", "says": "In this layout 1.6 is a folder of the release."}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-4], parts[-3]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     def draw(person):
#         return int(sha256(f"{salt}:{person}".encode()).hexdigest(), 16) % 100
#     everyone = sorted(set(people))
#     return [p for p in everyone if draw(p) >= percent], [p for p in everyone if draw(p) < percent]
#
#
# def leak(train, test):
#     people, videos = map(set, zip(*train))
#     return sum(p in people for p, _ in test) / len(test), sum(v in videos for _, v in test) / len(test)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "1.6 taken for the person", "says": "In this layout 1.6 is a folder of the release, and the person stands above it."}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-3], parts[-2]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     def draw(person):
#         return int(sha256(f"{salt}:{person}".encode()).hexdigest(), 16) % 100
#     everyone = sorted(set(people))
#     return [p for p in everyone if draw(p) >= percent], [p for p in everyone if draw(p) < percent]
#
#
# def leak(train, test):
#     people, videos = map(set, zip(*train))
#     return sum(p in people for p, _ in test) / len(test), sum(v in videos for _, v in test) / len(test)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "frame folder unseen", "says": "A folder may end in .mp4."}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts[-1:]:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-4], parts[-2]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     def draw(person):
#         return int(sha256(f"{salt}:{person}".encode()).hexdigest(), 16) % 100
#     everyone = sorted(set(people))
#     return [p for p in everyone if draw(p) >= percent], [p for p in everyone if draw(p) < percent]
#
#
# def leak(train, test):
#     people, videos = map(set, zip(*train))
#     return sum(p in people for p, _ in test) / len(test), sum(v in videos for _, v in test) / len(test)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "salt left out", "says": "Your split does not depend on the salt: hash salt:person."}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-4], parts[-2]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     def draw(person):
#         return int(sha256(f"{person}".encode()).hexdigest(), 16) % 100
#     everyone = sorted(set(people))
#     return [p for p in everyone if draw(p) >= percent], [p for p in everyone if draw(p) < percent]
#
#
# def leak(train, test):
#     people, videos = map(set, zip(*train))
#     return sum(p in people for p, _ in test) / len(test), sum(v in videos for _, v in test) / len(test)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "sides swapped", "says": "The test side is the one below percent, and train comes first."}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-4], parts[-2]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     def draw(person):
#         return int(sha256(f"{salt}:{person}".encode()).hexdigest(), 16) % 100
#     everyone = sorted(set(people))
#     return [p for p in everyone if draw(p) < percent], [p for p in everyone if draw(p) >= percent]
#
#
# def leak(train, test):
#     people, videos = map(set, zip(*train))
#     return sum(p in people for p, _ in test) / len(test), sum(v in videos for _, v in test) / len(test)

# %% [raw] mocolab={"role": "misconception", "id": "6.1", "cause": "leak of train", "says": "Asked is the share of the test clips, not of the train clips."}
# def person_and_video(path):
#     parts = path.split("/")
#     for part in parts:
#         if part.endswith(".mp4") and part.count("#") == 3:
#             return tuple(part.split("#")[:2])
#     if len(parts) > 3 and parts[-3] == "1.6":
#         return parts[-4], parts[-2]
#     if len(parts) > 2 and re.fullmatch(r"\d+\.mp4", parts[-1]):
#         return parts[-3], parts[-2]
#     raise ValueError("no layout")
#
#
# def split_people(people, percent, salt):
#     def draw(person):
#         return int(sha256(f"{salt}:{person}".encode()).hexdigest(), 16) % 100
#     everyone = sorted(set(people))
#     return [p for p in everyone if draw(p) >= percent], [p for p in everyone if draw(p) < percent]
#
#
# def leak(train, test):
#     people, videos = map(set, zip(*test))
#     return sum(p in people for p, _ in train) / len(train), sum(v in videos for _, v in train) / len(train)

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** the leak of the list above, found in no time: 5 of 12 clips by person. Fewer by film,
# because a person may come back in another film; that is a leak all the same, for a face is a face. After a split by a
# hash both shares are 0, whoever joins. The last line is the published list of crops again, in numbers.

# %% mocolab={"role": "demo"}
pairs = [[person_and_video(path) for path in side] for side in (train_list, test_list)]
print("As listed: by person {:.3f}, by film {:.3f}".format(*leak(*pairs)))
everybody = pairs[0] + pairs[1]
for_train, for_test = split_people([person for person, _ in everybody], 30, "lab 06")
sides = [[pair for pair in everybody if pair[0] in side] for side in (for_train, for_test)]
print("Split by person: by person {:.3f}, by film {:.3f}".format(*leak(*sides)), f"({len(sides[1])} test clips)")
published = leak(
    [("id10306", "a"), ("id10282", "b")] * 2, [("id10282", "c")] * 44 + [("id10306", "d")] + [("other", "e")] * 480
)
print(f"Crops as published: by person {published[0]:.3f}")

# %% [markdown] mocolab={"role": "text"}
# ## 2. A crop that stands still
#
# A face detector gives a box for each frame. If the crop followed the box, the head would stand still in it, and a
# model could not learn that heads move. So the crops of the first order motion model are static: the first box is taken
# for all frames, and the clip ends when the head has left it, that is, as soon as the overlap of the present box with
# the *first* one,
#
# $$\mathrm{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|} = \frac{|A \cap B|}{|A| + |B| - |A \cap B|},$$
#
# is below 0.25. The intersection of two boxes is a box: it begins at the larger of their left (upper) edges and ends
# at the smaller of their right (lower) ones. If it ends before it begins, it is empty.
#
# And films have their own rates. To play 25 frames a second at 10, show at each instant k / 10 s the frame that is on
# the screen then, number $\lfloor 25 k / 10 \rfloor$.
#
# ### Exercise 6.2: tubes and rates
#
# | | |
# |---|---|
# | **Write** | `tube_length(boxes, overlap)` and `resample(num_frames, fps_in, fps_out)` |
# | **`tube_length`** | boxes `[T, 4]`, each left, top, right, bottom, as continuous coordinates: a box is right - left wide. Returns a whole number: how many frames there are before the first one whose IoU with box 0 is below `overlap` |
# | **`resample`** | int64 `[K]`: `k * fps_in // fps_out` for k = 0, 1, ... as long as that is below `num_frames` |
# | **Worth** | 5 points, difficulty 2 of 5, about 20 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Compute all T overlaps at once. "Up to the first bad one" is a running product of good = 1, bad = 0, and its sum.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `boxes[:, :2]` are left and top, `[T, 2]`; `boxes[0, :2]` those of the first box, `[2]`. Width and height together
# are `[T, 2]`, and `prod(dim=1)` makes areas of them, `[T]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# begin = torch.maximum(boxes[:, :2], ...)
# sides = (... - begin).clamp(min=...)
# shared = sides.prod(dim=1)
# ...
# return int((iou >= overlap).cumprod(dim=0).sum())
# ```
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (4) must match the size of tensor b (2)</summary>
#
# You compared whole boxes with corners: take two columns of both.
#
# </details>
# <details><summary>Help: a check says "yours is real numbers, needed are whole numbers"</summary>
#
# Divide whole numbers by `//` and stay with whole numbers; a division by `/` makes floats.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "6.2"}
# def tube_length(boxes: Tensor, overlap: float) -> int:
#     """How many leading frames of a track of boxes [T, 4] have an IoU of at least `overlap` with the first."""
#     raise NotImplementedError("Exercise 6.2: leading frames that overlap enough with the first.")
#
#
# def resample(num_frames: int, fps_in: int, fps_out: int) -> Tensor:
#     """Which frames a video of `fps_in` shows at the instants of `fps_out`, int64 [K]."""
#     raise NotImplementedError("Exercise 6.2: the frame on the screen at each instant.")


# %% mocolab={"role": "answer", "id": "6.2", "points": 5, "minutes": 20, "difficulty": 2, "depends": []}
def tube_length(boxes: Tensor, overlap: float) -> int:
    """How many leading frames of a track of boxes [T, 4] have an IoU of at least `overlap` with the first."""
    start, end = boxes[:, :2], boxes[:, 2:]
    shared = (torch.minimum(end, end[0]) - torch.maximum(start, start[0])).clamp(min=0).prod(dim=1)
    area = (end - start).prod(dim=1)
    good = shared / (area + area[0] - shared) >= overlap
    return int(good.cumprod(dim=0).sum())


def resample(num_frames: int, fps_in: int, fps_out: int) -> Tensor:
    """Which frames a video of `fps_in` shows at the instants of `fps_out`, int64 [K]."""
    number = -(-num_frames * fps_out // fps_in)  # the least k whose index is past the end
    return torch.arange(number) * fps_in // fps_out


# %% mocolab={"role": "check", "id": "6.2"}
probe = check("6.2", tube_length, resample)
wide, high = (5 + probe.tensor(2).abs()).tolist()
overlap = 0.2 + 0.02 * int(probe.integers(8, 1))
leaves, away, after = probe.sizes(3)


def track(x, y, scale=1.0):
    """Boxes [T, 4] whose left upper corner moves on x and y, from some place on."""
    place = 20 + 3 * probe.tensor(2)
    x, y = place[0] + torch.as_tensor(x), place[1] + torch.as_tensor(y)
    return probe.given(torch.stack([x, y, x + wide * scale, y + high * scale], dim=1))


time = torch.arange(60.0)
gone = (time >= leaves).float()
back = gone * (time < leaves + away)
probe.gate("boxes that stand still", tube_length(track(0 * time, 0 * time), 1.0))
probe.gate("one frame", tube_length(track(torch.zeros(1), torch.zeros(1)), overlap))
fps_out = after
fps_in = fps_out * (1 + away) + 1 + leaves % (fps_out - 1)
probe.show(
    drift=tube_length(track(0.11 * time, 0.09 * time), overlap),
    jump=tube_length(track(0.9 * wide * gone, 0 * time), overlap),
    jump_up=tube_length(track(0 * time, -0.9 * high * gone), overlap),
    there_and_back=tube_length(track(-2 * wide * back, 0 * time), overlap),
    past_the_corner=tube_length(track(2.2 * wide * gone, 2.2 * high * gone), overlap),
    shrinks=tube_length(track(0 * time, 0 * time, 1 - time / 70), overlap),
    fewer=resample(2 * fps_in + 1, fps_in, fps_out),
    more=resample(4, fps_out, fps_in),
)

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "overlap with the last box", "says": "A slow drift never breaks: compare with the first."}
# def tube_length(boxes, overlap):
#     first = torch.cat([boxes[:1], boxes[:-1]])
#     wide = torch.minimum(boxes[:, 2], first[:, 2]) - torch.maximum(boxes[:, 0], first[:, 0])
#     high = torch.minimum(boxes[:, 3], first[:, 3]) - torch.maximum(boxes[:, 1], first[:, 1])
#     shared = wide.clamp(min=0) * high.clamp(min=0)
#     area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
#     good = shared / (area + torch.cat([area[:1], area[:-1]]) - shared) >= overlap
#     return int(good.long().cumprod(0).sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     return torch.arange(-(-num_frames * fps_out // fps_in)) * fps_in // fps_out

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "no clamp", "says": "Two negative gaps multiply to a positive overlap."}
# def tube_length(boxes, overlap):
#     first = boxes[:1]
#     wide = torch.minimum(boxes[:, 2], first[:, 2]) - torch.maximum(boxes[:, 0], first[:, 0])
#     high = torch.minimum(boxes[:, 3], first[:, 3]) - torch.maximum(boxes[:, 1], first[:, 1])
#     shared = wide * high
#     area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
#     good = shared / (area + area[0] - shared) >= overlap
#     return int(good.long().cumprod(0).sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     return torch.arange(-(-num_frames * fps_out // fps_in)) * fps_in // fps_out

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "counts all good frames", "says": "Stop at the first bad one."}
# def tube_length(boxes, overlap):
#     first = boxes[:1]
#     wide = torch.minimum(boxes[:, 2], first[:, 2]) - torch.maximum(boxes[:, 0], first[:, 0])
#     high = torch.minimum(boxes[:, 3], first[:, 3]) - torch.maximum(boxes[:, 1], first[:, 1])
#     shared = wide.clamp(min=0) * high.clamp(min=0)
#     area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
#     good = shared / (area + area[0] - shared) >= overlap
#     return int(good.sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     return torch.arange(-(-num_frames * fps_out // fps_in)) * fps_in // fps_out

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "every frame kept", "says": "25 fps played at 10 is slow motion."}
# def tube_length(boxes, overlap):
#     first = boxes[:1]
#     wide = torch.minimum(boxes[:, 2], first[:, 2]) - torch.maximum(boxes[:, 0], first[:, 0])
#     high = torch.minimum(boxes[:, 3], first[:, 3]) - torch.maximum(boxes[:, 1], first[:, 1])
#     shared = wide.clamp(min=0) * high.clamp(min=0)
#     area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
#     good = shared / (area + area[0] - shared) >= overlap
#     return int(good.long().cumprod(0).sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     return torch.arange(num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "rounded", "says": "The frame on the screen at that instant: floor."}
# def tube_length(boxes, overlap):
#     first = boxes[:1]
#     wide = torch.minimum(boxes[:, 2], first[:, 2]) - torch.maximum(boxes[:, 0], first[:, 0])
#     high = torch.minimum(boxes[:, 3], first[:, 3]) - torch.maximum(boxes[:, 1], first[:, 1])
#     shared = wide.clamp(min=0) * high.clamp(min=0)
#     area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
#     good = shared / (area + area[0] - shared) >= overlap
#     return int(good.long().cumprod(0).sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     index = (torch.arange(num_frames * fps_out) * fps_in / fps_out).round().long()
#     return index[index < num_frames]

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "areas with +1", "says": "Corners are continuous here."}
# def tube_length(boxes, overlap):
#     first = boxes[:1]
#     wide = torch.minimum(boxes[:, 2], first[:, 2]) - torch.maximum(boxes[:, 0], first[:, 0])
#     high = torch.minimum(boxes[:, 3], first[:, 3]) - torch.maximum(boxes[:, 1], first[:, 1])
#     shared = (wide + 1).clamp(min=0) * (high + 1).clamp(min=0)
#     area = (boxes[:, 2] - boxes[:, 0] + 1) * (boxes[:, 3] - boxes[:, 1] + 1)
#     good = shared / (area + area[0] - shared) >= overlap
#     return int(good.long().cumprod(0).sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     return torch.arange(-(-num_frames * fps_out // fps_in)) * fps_in // fps_out

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "share of the first box", "says": "Intersection over union: a box that shrinks inside the first one loses overlap too, and one that grows around it."}
# def tube_length(boxes, overlap):
#     first = boxes[:1]
#     wide = torch.minimum(boxes[:, 2], first[:, 2]) - torch.maximum(boxes[:, 0], first[:, 0])
#     high = torch.minimum(boxes[:, 3], first[:, 3]) - torch.maximum(boxes[:, 1], first[:, 1])
#     shared = wide.clamp(min=0) * high.clamp(min=0)
#     area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
#     good = shared / area[0] >= overlap
#     return int(good.long().cumprod(0).sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     return torch.arange(-(-num_frames * fps_out // fps_in)) * fps_in // fps_out

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "boxes changed", "says": "The boxes that you were given are no longer what they were: compute new tensors, without -= on old ones."}
# def tube_length(boxes, overlap):
#     low = torch.maximum(boxes[:, :2], boxes[:1, :2])
#     shared = (torch.minimum(boxes[:, 2:], boxes[:1, 2:]) - low).clamp(min=0).prod(dim=1)
#     boxes[:, 2:] -= boxes[:, :2]
#     area = boxes[:, 2] * boxes[:, 3]
#     return int((shared / (area + area[0] - shared) >= overlap).long().cumprod(0).sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     return torch.arange(-(-num_frames * fps_out // fps_in)) * fps_in // fps_out

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "whole step", "says": "The ratio of two rates is seldom whole: compute k fps_in // fps_out for each k."}
# def tube_length(boxes, overlap):
#     first = boxes[:1]
#     wide = torch.minimum(boxes[:, 2], first[:, 2]) - torch.maximum(boxes[:, 0], first[:, 0])
#     high = torch.minimum(boxes[:, 3], first[:, 3]) - torch.maximum(boxes[:, 1], first[:, 1])
#     shared = wide.clamp(min=0) * high.clamp(min=0)
#     area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
#     good = shared / (area + area[0] - shared) >= overlap
#     return int(good.long().cumprod(0).sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     return torch.arange(0, num_frames, max(fps_in // fps_out, 1))

# %% [raw] mocolab={"role": "misconception", "id": "6.2", "cause": "last instant missing", "says": "The last instant is missing: k goes on while its frame is below num_frames."}
# def tube_length(boxes, overlap):
#     first = boxes[:1]
#     wide = torch.minimum(boxes[:, 2], first[:, 2]) - torch.maximum(boxes[:, 0], first[:, 0])
#     high = torch.minimum(boxes[:, 3], first[:, 3]) - torch.maximum(boxes[:, 1], first[:, 1])
#     shared = wide.clamp(min=0) * high.clamp(min=0)
#     area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
#     good = shared / (area + area[0] - shared) >= overlap
#     return int(good.long().cumprod(0).sum())
#
#
# def resample(num_frames, fps_in, fps_out):
#     return torch.arange(num_frames * fps_out // fps_in) * fps_in // fps_out

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** for how long a static crop holds a drawn head that turns, one that also drifts through the
# picture, and one that a cut throws to the other side, by the overlap that is asked for. The line is at 0.25. The head
# that only turns keeps its crop for all 64 frames, the cut ends it at frame 30, and drifting is where the threshold
# decides.

# %% mocolab={"role": "demo"}
moments = torch.arange(64)[None]
who = torch.tensor([11])
points = (landmarks(faces.identity(who), faces.motion(who, moments), 64)[0] + 1) * 32  # [T, K, 2] in pixels
still = torch.cat([points.amin(dim=1) - 6, points.amax(dim=1) + 6], dim=1)
drifting = still + 0.7 * moments.T * torch.tensor([1, 0.3, 1, 0.3])
cut = still + 50 * (moments.T >= 30)
levels = torch.linspace(0.02, 0.98, 49).tolist()
figure, axes = plt.subplots(figsize=(7, 3))
for name, boxes in {"turns": still, "turns and drifts": drifting, "a cut at frame 30": cut}.items():
    axes.step(levels, [tube_length(boxes, level) for level in levels], where="mid", label=name)
axes.axvline(0.25, color="black", linewidth=1)
axes.set(xlabel="overlap asked for", ylabel="frames kept")
axes.legend()
display.picture(
    figure,
    alt="Frames kept against the overlap asked for: a head that only turns keeps all 64 up to high "
    "overlaps, one that drifts loses frames steadily, one with a cut keeps 30.",
)
print("25 frames a second at 10:", resample(20, 25, 10).tolist())

# %% [markdown] mocolab={"role": "text"}
# ## 3. Is it still the same face?
#
# A network that was taught to tell people apart puts a frame at a point of a space, its *embedding*, where frames of
# one person lie near each other. Two questions can be asked of it.
#
# *Does the face drift?* The distance of frame t to frame 0 of its own clip, as a curve over t. Turning the head moves
# the embedding too, so the curve of *real* clips is not 0, and a figure means something only beside theirs. MoCoGAN's
# table has 0.201 for its own clips of faces, and 0.116 for real ones (average over all pairs of frames, by OpenFace). A
# later paper took another network: its figures cannot be compared with these.
#
# *Is it the right face?* A threshold on the distance would be unfair: some people lie close to their neighbours, and
# others alone. Instead ask whether the nearest face of a gallery is the right one, *rank one*.
#
# ### Exercise 6.3: drift and rank one
#
# | | |
# |---|---|
# | **Write** | `identity_drift(embeddings)` and `rank_one(generated, gallery, labels)` |
# | **`identity_drift`** | embeddings `[N, T, E]` to `[T]`: L2 distance to frame 0 of the same clip, mean over clips |
# | **`rank_one`** | generated `[N, E]`, gallery `[M, E]`, labels int64 `[N]`: the share of n whose nearest gallery row, by L2, is row `labels[n]` |
# | **Worth** | 4 points, difficulty 2 of 5, about 15 minutes |
#
# Embeddings are used as they come, and not normalised.
#
# <details><summary>Hint 1: the idea</summary>
#
# Both are distances with one reduction more: a mean over clips, or an argmin over the gallery.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `[N, T, E]` minus `[N, 1, E]`; the norm is over E, the mean over N. All distances between generated and gallery are
# `[N, M]`: `torch.cdist`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# difference = embeddings - ...  # [N, T, E]
# return difference.norm(dim=...).mean(dim=...)
# ```
# ```python
# distances = torch.cdist(..., ...)  # [N, M]
# return (distances.argmin(dim=...) == ...).float().mean().item()
# ```
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (9) must match the size of tensor b (8) at non-singleton dimension 1</summary>
#
# `embeddings[:, 0]` has lost its axis of time. `embeddings[:, :1]` keeps it.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "6.3"}
# def identity_drift(embeddings: Tensor) -> Tensor:
#     """L2 distance of embeddings [N, T, E] to those of their clip's frame 0, [T]: the mean over clips."""
#     raise NotImplementedError("Exercise 6.3: distance to frame 0, mean over clips.")
#
#
# def rank_one(generated: Tensor, gallery: Tensor, labels: Tensor) -> float:
#     """The share of generated [N, E] whose nearest row of the gallery [M, E] is row labels[n]."""
#     raise NotImplementedError("Exercise 6.3: the share whose nearest row is the right one.")


# %% mocolab={"role": "answer", "id": "6.3", "points": 4, "minutes": 15, "difficulty": 2, "depends": []}
def identity_drift(embeddings: Tensor) -> Tensor:
    """L2 distance of embeddings [N, T, E] to those of their clip's frame 0, [T]: the mean over clips."""
    return (embeddings - embeddings[:, :1]).norm(dim=2).mean(dim=0)


def rank_one(generated: Tensor, gallery: Tensor, labels: Tensor) -> float:
    """The share of generated [N, E] whose nearest row of the gallery [M, E] is row labels[n]."""
    nearest = torch.cdist(generated, gallery).argmin(dim=1)
    return (nearest == labels).float().mean().item()


# %% mocolab={"role": "check", "id": "6.3"}
probe = check("6.3", identity_drift, rank_one)
N, T, E = probe.sizes(3)
embeddings = probe.given(probe.tensor(N, T, E) * (0.5 + probe.tensor(N, T, 1).abs()))
gallery = probe.given(probe.tensor(23, E) * (0.3 + probe.tensor(23, 1).abs()))
labels = probe.given(torch.cat([torch.arange(6), probe.integers(23, 34)]))  # a few in order, most not
right = gallery[labels]
made = [probe.given(right + noise * probe.tensor(40, E)) for noise in (0.2, 0.5, 0.8, 1.1)]
shares = [rank_one(pictures, gallery, labels) for pictures in made]
probe.gate("drift of one clip", identity_drift(embeddings[:1]))
probe.gate("rank one among real pictures", rank_one(right, gallery, labels))
probe.show(drift=identity_drift(embeddings), rank_one=torch.tensor(shares))

# %% [raw] mocolab={"role": "misconception", "id": "6.3", "cause": "to the previous frame", "says": "Small steps add up: compare with frame 0."}
# def identity_drift(embeddings):
#     return (embeddings - torch.cat([embeddings[:, :1], embeddings[:, :-1]], dim=1)).norm(dim=2).mean(dim=0)
#
#
# def rank_one(generated, gallery, labels):
#     return (torch.cdist(generated, gallery).argmin(dim=1) == labels).float().mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.3", "cause": "mean over time", "says": "Keep the horizon."}
# def identity_drift(embeddings):
#     return (embeddings - embeddings[:, :1]).norm(dim=2).mean()
#
#
# def rank_one(generated, gallery, labels):
#     return (torch.cdist(generated, gallery).argmin(dim=1) == labels).float().mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.3", "cause": "threshold", "says": "Nearest, not near enough."}
# def identity_drift(embeddings):
#     return (embeddings - embeddings[:, :1]).norm(dim=2).mean(dim=0)
#
#
# def rank_one(generated, gallery, labels):
#     distance = (generated - gallery[labels]).norm(dim=1)
#     return (distance < torch.cdist(generated, gallery).mean()).float().mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.3", "cause": "label as an embedding's order", "says": "labels[n] is a row of the gallery."}
# def identity_drift(embeddings):
#     return (embeddings - embeddings[:, :1]).norm(dim=2).mean(dim=0)
#
#
# def rank_one(generated, gallery, labels):
#     return (torch.cdist(generated, gallery).argmin(dim=1) == torch.arange(len(labels))).float().mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.3", "cause": "cosine", "says": "L2 here."}
# def identity_drift(embeddings):
#     return (embeddings - embeddings[:, :1]).norm(dim=2).mean(dim=0)
#
#
# def rank_one(generated, gallery, labels):
#     cosine = F.normalize(generated, dim=1) @ F.normalize(gallery, dim=1).T
#     return (cosine.argmax(dim=1) == labels).float().mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.3", "cause": "squared distance", "says": "The distance is the root of the summed squares."}
# def identity_drift(embeddings):
#     return (embeddings - embeddings[:, :1]).square().sum(dim=2).mean(dim=0)
#
#
# def rank_one(generated, gallery, labels):
#     return (torch.cdist(generated, gallery).argmin(dim=1) == labels).float().mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.3", "cause": "mean before distance", "says": "Differences of different clips point in different directions and cancel: distance first, then the mean over clips."}
# def identity_drift(embeddings):
#     return (embeddings - embeddings[:, :1]).mean(dim=0).norm(dim=1)
#
#
# def rank_one(generated, gallery, labels):
#     return (torch.cdist(generated, gallery).argmin(dim=1) == labels).float().mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.3", "cause": "farthest", "says": "The nearest row has the smallest distance."}
# def identity_drift(embeddings):
#     return (embeddings - embeddings[:, :1]).norm(dim=2).mean(dim=0)
#
#
# def rank_one(generated, gallery, labels):
#     return (torch.cdist(generated, gallery).argmax(dim=1) == labels).float().mean().item()

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** four kinds of clips under the package's embedding of drawn faces. Real ones first; they are
# the measure. *Copy the last* has no drift at all and is no video. Clips of which every frame is another person are
# far off from the second frame on. The fourth kind is what models do: each clip turns slowly into somebody else, half
# the way by its end, while it moves as a real one does. No single frame of it looks wrong.

# %% mocolab={"role": "demo"}
from mocolab.metrics.identity import drawn_face_embedding, identity_features

number, length = tier(smoke=24, cpu=64, gpu=128), 12
drawn = faces.with_truth(number, length, 3, np.random.default_rng(0))
towards = drawn.identity + torch.linspace(0, 0.5, length)[:, None, None] * (drawn.identity.roll(1, 0) - drawn.identity)
slowly = torch.cat([paint(who, drawn.motion[:, t : t + 1], size) for t, who in enumerate(towards)], dim=2)
jumping = torch.cat([paint(drawn.identity.roll(t, 0), drawn.motion[:, t : t + 1], size) for t in range(length)], dim=2)
kinds = {"real": drawn.clips, "copy the last": drawn.clips[:, :, :1].expand_as(drawn.clips)}
kinds |= {"turns into another": slowly, "another in each frame": jumping}
network = drawn_face_embedding()
features = {name: identity_features(clips / 127.5 - 1, network) for name, clips in kinds.items()}
figure, axes = plt.subplots(figsize=(7, 3))
for name, points in features.items():
    axes.plot(identity_drift(points), label=name)
axes.set(xlabel="frame", ylabel="distance to frame 0")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
display.picture(
    figure,
    alt="Distance to frame 0 over twelve frames: zero for copies, a low curve for real clips, a "
    "curve that climbs above it for clips that turn into another person, a high one for changing people.",
)
gallery = features["real"][:, 0]
for name, points in features.items():
    print(f"{name}: rank one of the last frame {rank_one(points[:, -1], gallery, torch.arange(number)):.2f}")
display.show(slowly[:4], alt="Four drawn faces that move and slowly change hair, skin and features into another's.")

# %% [markdown] mocolab={"role": "text"}
# ## 4. What is a gain?
#
# Model b scored better than model a. The same clips were used for both, so their differences are what counts: some
# clips are hard for everybody, and subtracting takes that out. But whoever trains b again, from another seed, gets
# another b. The clips under one trained model all share its luck; a thousand of them are one training. So the unit is
# the seed:
#
# $$g_s = \frac{1}{N} \sum_{n=1}^{N} (b_{sn} - a_{sn}), \qquad \text{gain} = \frac{1}{S} \sum_{s=1}^{S} g_s, \qquad
# \text{error} = \frac{1}{\sqrt{S}} \sqrt{\frac{1}{S - 1} \sum_{s=1}^{S} (g_s - \text{gain})^2}.$$
#
# The root without $1/\sqrt{S}$ is the *spread*, how much a single training differs from the next. The *error* of the
# mean is smaller, and falls with more seeds. Say which of the two a bar in your figure shows.
#
# ### Exercise 6.4: a gain and its error
#
# | | |
# |---|---|
# | **Write** | `paired_gain(a, b)` |
# | **Takes** | scores `[S, N]`: S seeds, the same N clips in the same order |
# | **Returns** | `(gain, standard_error)`, two numbers: b - a, mean over clips for each seed, then mean and error over seeds |
# | **Refuses** | fewer than two seeds, with a `ValueError` |
# | **Worth** | 5 points, difficulty 3 of 5, about 20 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Make one number of each seed first. After that there are S numbers, and the clips are gone.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `[S, N]` to `[S]`; then two numbers.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# gains = ...  # [S]
# error = gains.std() / ...
# ```
#
# `std` divides by S - 1 unless it is told otherwise.
#
# </details>
# <details><summary>Help: UserWarning: std(): degrees of freedom is &lt;= 0</summary>
#
# There is one seed only, and you have not refused it.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "6.4"}
# def paired_gain(a: Tensor, b: Tensor) -> tuple[float, float]:
#     """(gain, its standard error) of b over a, scores [S, N] of the same N clips under S seeds; S is at least 2."""
#     raise NotImplementedError("Exercise 6.4: one number a seed, then their mean and its error.")


# %% mocolab={"role": "answer", "id": "6.4", "points": 5, "minutes": 20, "difficulty": 3, "depends": []}
def paired_gain(a: Tensor, b: Tensor) -> tuple[float, float]:
    """(gain, its standard error) of b over a, scores [S, N] of the same N clips under S seeds; S is at least 2."""
    if len(a) < 2:
        raise ValueError(f"{len(a)} seed was given: an error needs at least 2, better 3 and more.")
    gains = (b - a).mean(dim=1)
    return gains.mean().item(), (gains.std() / len(gains) ** 0.5).item()


# %% mocolab={"role": "check", "id": "6.4"}
probe = check("6.4", paired_gain)
S, N = probe.sizes(2)
difficulty, luck = 3 * probe.tensor(1, 4 * N), 2 * probe.tensor(S, 1)


def scores(level, own):
    """[S, 4 N]: of clips that are hard or easy for all, under seeds that are lucky or not for both models."""
    noise = 0.1 * probe.tensor(S, 4 * N)
    return probe.given((level + difficulty + luck + own * probe.tensor(S, 1) + noise).double())


a, b, c = scores(0.0, 0.5), scores(1.0, 0.5), scores(-0.7, 1.5)
probe.raises("one seed", ValueError, paired_gain, a[:1], b[:1])
(gain, error), (loss, wide_error) = paired_gain(a, b), paired_gain(a, c)
two, two_error = paired_gain(b[:2], c[:2])
probe.show(gain=gain, error=error, loss=loss, error_of_loss=wide_error, two_seeds=two, error_of_two_seeds=two_error)

# %% [raw] mocolab={"role": "misconception", "id": "6.4", "cause": "S N independent", "says": "Clips of one trained model are not new trainings: the seed is the unit."}
# def paired_gain(a, b):
#     if len(a) < 2:
#         raise ValueError("one seed")
#     gains = (b - a).mean(dim=1)
#     return gains.mean().item(), ((b - a).std() / a.numel() ** 0.5).item()

# %% [raw] mocolab={"role": "misconception", "id": "6.4", "cause": "unpaired", "says": "Same clips, same seeds: subtract first."}
# def paired_gain(a, b):
#     if len(a) < 2:
#         raise ValueError("one seed")
#     gains = (b - a).mean(dim=1)
#     return gains.mean().item(), (((a.mean(dim=1).var() + b.mean(dim=1).var()) / len(a)) ** 0.5).item()

# %% [raw] mocolab={"role": "misconception", "id": "6.4", "cause": "divided by S in the deviation", "says": "With three seeds, S - 1 matters."}
# def paired_gain(a, b):
#     if len(a) < 2:
#         raise ValueError("one seed")
#     gains = (b - a).mean(dim=1)
#     return gains.mean().item(), (gains.std(correction=0) / len(gains) ** 0.5).item()

# %% [raw] mocolab={"role": "misconception", "id": "6.4", "cause": "no sqrt", "says": "That is the spread, not the error of the mean."}
# def paired_gain(a, b):
#     if len(a) < 2:
#         raise ValueError("one seed")
#     gains = (b - a).mean(dim=1)
#     return gains.mean().item(), gains.std().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.4", "cause": "divided by S", "says": "The error of a mean falls with the square root of S."}
# def paired_gain(a, b):
#     if len(a) < 2:
#         raise ValueError("one seed")
#     gains = (b - a).mean(dim=1)
#     return gains.mean().item(), (gains.std() / len(gains)).item()

# %% [raw] mocolab={"role": "misconception", "id": "6.4", "cause": "sign", "says": "Gain is b - a."}
# def paired_gain(a, b):
#     if len(a) < 2:
#         raise ValueError("one seed")
#     gains = (a - b).mean(dim=1)
#     return gains.mean().item(), (gains.std() / len(gains) ** 0.5).item()

# %% [raw] mocolab={"role": "misconception", "id": "6.4", "cause": "clips as the unit", "says": "Averaged over seeds first, the spread is that of the clips: a new training is a new seed."}
# def paired_gain(a, b):
#     if len(a) < 2:
#         raise ValueError("one seed")
#     gains = (b - a).mean(dim=0)
#     return gains.mean().item(), (gains.std() / len(gains) ** 0.5).item()

# %% [raw] mocolab={"role": "misconception", "id": "6.4", "cause": "one seed accepted", "says": "One seed has no spread: with S below 2 raise a ValueError."}
# def paired_gain(a, b):
#     gains = (b - a).mean(dim=1)
#     return gains.mean().item(), (gains.std() / len(gains) ** 0.5).item()

# %% [markdown] mocolab={"role": "text"}
# ### The board
#
# Now the ladder of this course, on faces. Each step adds one thing to the step before, everything else stays:
#
# | step | what is added | lab |
# |---|---|---|
# | baseline | the walk goes on from one given picture | 02, 03 |
# | + encoders | three pictures are given: velocity and acceleration | 03 |
# | + whole clip | learning from clips seen whole | 04 |
# | + CycleGAN generator | a painter that repaints the given picture | 05 |
# | + more people | not 8 people, but a new one in each clip | 06 |
#
# All are trained under the same three seeds, and asked for the future of the same held-out clips, whose people none of
# them has met. There is no checkpoint for these: the cell trains fifteen models, one after the other. How far depends
# on the tier, and the table says it. At the smoke tier it is 3 steps at 16 pixels, at the cpu tier 30 at 32 pixels and
# before any judge plays: a test of the machinery and not of the ideas; in that table a gain says nothing about faces.
# Expect mostly grey.
#
# **Predict first.** For which step do you expect a 95 % interval without zero after a proper training?

# %% mocolab={"role": "predict"}
# Not scored.
outside_its_error = "..."

# %% mocolab={"role": "demo"}
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from mocolab import TrainConfig, Trainer
from mocolab.systems import SYSTEMS

PredictorSystem, presets = SYSTEMS["mocogan_predict"]
base = replace(presets(0)[tier("smoke", "cpu", "gpu")].config, given=(1,), whole=False, clips=tier(2, 4, 16))
base = replace(base, blocks=tier(1, 2, 6), draw_width=tier(8, 16, 64))
steps, seeds = tier(smoke=3, cpu=30, gpu=20_000), (0, 1, 2)
ladder = {"baseline": {}, "+ encoders": {"given": (1, 2, 3)}, "+ whole clip": {"whole": True}}
ladder |= {"+ CycleGAN generator": {"draw": "resnet"}, "+ more people": {}}


class EightPeople(Faces):
    """Faces of eight people only, in any number of clips."""

    def identity(self, index):
        return super().identity(index % 8)


def trained_predictor(config, data, seed):
    """The system of a config, trained for `steps` from a seed."""
    torch.manual_seed(seed)
    system = PredictorSystem(config)
    with TemporaryDirectory() as folder:
        settings = TrainConfig(steps=steps, seed=seed, preview_every=steps, save_every=steps)
        Trainer(system, data, Path(folder) / "run", settings).fit()
    return system.eval()


test = Faces(size=base.size, seed=6)
truth = test.with_truth(tier(smoke=24, cpu=64, gpu=256), base.num_frames, base.step, np.random.default_rng(6))
truth_clips = truth.clips / 127.5 - 1
copied = truth_clips[:, :, 2:3].expand_as(truth_clips[:, :, 3:])
scores, futures, config = (
    {"copy the last": psnr(copied, truth_clips[:, :, 3:]).mean(dim=1)[None]},
    {"copy the last": copied},
    base,
)
for step, change in ladder.items():
    config = replace(config, **change)
    people_of = Faces if step == "+ more people" else EightPeople
    rows = []
    for seed in seeds:
        system, given = trained_predictor(config, people_of(size=base.size), seed), max(config.given)
        torch.manual_seed(seed)
        with torch.no_grad():
            future = system.predict(truth_clips[:, :, 3 - given : 3], base.num_frames - 3)[0].clamp(-1, 1)
        rows.append(psnr(future, truth_clips[:, :, 3:]).mean(dim=1))
    scores[step] = torch.stack(rows)  # [S, N]
    futures[step] = future

# %% mocolab={"role": "demo"}
names = list(ladder)
gains = {step: paired_gain(scores[before], scores[step]) for before, step in pairwise(names)}
sure = 4.3  # standard errors to each side, for 95 % and three seeds (Student's t)
colours = ["tab:blue" if abs(gain) > sure * error else "lightgrey" for gain, error in gains.values()]
figure, axes = plt.subplots(figsize=(7, 2.6))
for place, ((gain, error), colour) in enumerate(zip(gains.values(), colours)):
    axes.barh(place, gain, xerr=sure * error, color=colour, ecolor="black", capsize=4)
axes.set_yticks(range(len(gains)), gains)
axes.invert_yaxis()
axes.axvline(0, color="black", linewidth=1)
axes.set(xlabel=f"gain in PSNR (dB) over the step before; 95 % intervals, {len(seeds)} seeds")
display.picture(
    figure,
    alt="A bar for each step of the ladder, its gain over the step before, with its "
    "95 % interval over seeds; bars whose interval holds zero are grey.",
)


def drift_of(future):
    """How far the last frame's face is from the first given one."""
    return identity_drift(identity_features(torch.cat([truth_clips[:, :, :1], future], dim=2), network))[-1]


real = drift_of(truth_clips[:, :, 1:])
board = [f"| answer | PSNR (dB) | spread over seeds | gain over the row before | drift (real clips: {real:.2f}) |"]
board += ["|---|--:|--:|--:|--:|"]
for name, future in futures.items():
    values = scores[name].mean(dim=1)
    spread = f"{values.std():.3f}" if name in ladder else ""
    gain = "{:+.3f} ± {:.3f}".format(*gains[name]) if name in gains else ""
    board.append(f"| {name} | {values.mean():.2f} | {spread} | {gain} | {drift_of(future):.2f} |")
title = f"{len(truth_clips)} held-out clips at {base.size} px, {base.num_frames - 3} frames after at most 3 given, one sample."
Markdown(f"{title} Trained for {steps} steps, {len(seeds)} seeds; ± is one standard error.\n\n" + "\n".join(board))

# %% [markdown] mocolab={"role": "text"}
# Read the rows against *copy the last*, then each gain against its error. The lines are 95 % intervals. With many
# seeds these reach 2 standard errors to each side; the error of three seeds is itself estimated from three numbers,
# and Student's t makes it 4.3. A grey bar does not say that the idea is bad. It says that three seeds cannot tell.
#
# The last column is the distance of the last frame's embedding to the first given picture's, beside that of real
# clips. It compares a real picture with a painted one, and so says how far the painted face is from the given one, for
# whatever reason: another person, or no person at all.
#
# **And FVD?** It is missing here on purpose. One system, MoCoGAN-HD, on one data set, UCF-101, was given 700, 838 and
# 1729.6 by three evaluators, who chose clips, sizes and training parts in their own ways. Compare FVD at equal numbers
# of clips and with one code, and print beside it that of real clips against other real clips at the same number. Else
# leave it out.

# %% [markdown] mocolab={"role": "text"}
# ## 5. A mark, and a note
#
# Whoever releases a model that animates faces can let it mark what it makes. The simplest mark is a pattern of -1 and
# 1, known to its makers, that is added to each frame, faint. To find it, multiply by the pattern and take the mean:
# what has nothing to do with the pattern averages out, and what is left is about the strength s,
#
# $$\text{score} = \frac{1}{3 T H W} \sum_{c, t, y, x} \big(v_{ctyx} - \bar v_{ct}\big)\, p_{cyx} \approx s.$$
#
# Without the mean $\bar v_{ct}$ of each channel and frame, a pattern that has more 1 than -1 would find itself in
# every bright clip.
#
# ### Exercise 6.5: a mark
#
# | | |
# |---|---|
# | **Write** | `mark(clip, pattern, strength)` and `mark_score(clip, pattern)` |
# | **Takes** | a clip of bytes, uint8 `[3, T, H, W]`; a pattern `[3, H, W]` of -1 and 1; a strength, which may be a fraction |
# | **`mark`** | uint8 `[3, T, H, W]`: strength times pattern added to each frame, rounded to the nearest whole number, clamped to 0..255 |
# | **`mark_score`** | a number: the mean over everything of (clip - mean of its channel and frame) times pattern |
# | **Worth** | 3 points, difficulty 2 of 5, about 15 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Compute in floats, and become bytes again at the very end.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# The pattern has no axis of time: `pattern[:, None]` is `[3, 1, H, W]`, and fits all frames. The mean of a channel and
# frame is over height and width, `[3, T, 1, 1]` with `keepdim=True`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# marked = clip + ...
# return marked.round()...  # to 0..255, then to bytes
# ```
# ```python
# centred = clip - clip.float().mean(dim=..., keepdim=True)
# return ....mean().item()
# ```
#
# </details>
# <details><summary>Help: RuntimeError: mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: Byte</summary>
#
# Bytes have no mean: `clip.float()`.
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (12) must match the size of tensor b (3) at non-singleton dimension 1</summary>
#
# The pattern's channels met the clip's frames. Give the pattern an axis of time.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "6.5"}
# def mark(clip: Tensor, pattern: Tensor, strength: float) -> Tensor:
#     """The clip, uint8 [3, T, H, W], with strength times the pattern [3, H, W] of -1 and 1 added to each frame."""
#     raise NotImplementedError("Exercise 6.5: add, round, clamp.")
#
#
# def mark_score(clip: Tensor, pattern: Tensor) -> float:
#     """The mean of (clip - mean of its channel and frame) times pattern: about the strength if marked, else near 0."""
#     raise NotImplementedError("Exercise 6.5: centre each channel of each frame, multiply, average.")


# %% mocolab={"role": "answer", "id": "6.5", "points": 3, "minutes": 15, "difficulty": 2, "depends": []}
def mark(clip: Tensor, pattern: Tensor, strength: float) -> Tensor:
    """The clip, uint8 [3, T, H, W], with strength times the pattern [3, H, W] of -1 and 1 added to each frame."""
    return (clip + strength * pattern[:, None]).round().clamp(0, 255).byte()


def mark_score(clip: Tensor, pattern: Tensor) -> float:
    """The mean of (clip - mean of its channel and frame) times pattern: about the strength if marked, else near 0."""
    centred = clip - clip.float().mean(dim=(2, 3), keepdim=True)
    return (centred * pattern[:, None]).mean().item()


# %% mocolab={"role": "check", "id": "6.5"}
probe = check("6.5", mark, mark_score)
T, H, W = probe.sizes(3, low=4)
clip = probe.given(probe.integers(256, 3, T, H, W).byte())
near = probe.integers(12, 3, T, H, W)
edges = probe.given(torch.where(probe.integers(2, 3, T, H, W) > 0, near, 255 - near).byte())
pattern = probe.given((probe.integers(3, 3, H, W) > 0) * 2.0 - 1)  # more 1 than -1
strength = 2 + int(probe.integers(6, 1)) + 0.3
marked = mark(clip, pattern, strength)
probe.gate("a marked clip is of", str(marked.dtype))
probe.gate("a clip of one frame", mark(clip[:, :1], pattern, strength).float())
probe.show(
    marked=marked.float(),
    near_0_and_255=mark(edges, pattern, strength + 0.4).float(),
    score_unmarked=mark_score(clip, pattern),
    score_of_bright_clip=mark_score(probe.given(clip // 4 + 190), pattern),
    score_of_a_marked_clip=mark_score(probe.given((clip // 2 + 60 + 6 * pattern[:, None]).byte()), pattern),
)

# %% [raw] mocolab={"role": "misconception", "id": "6.5", "cause": "wraps", "says": "250 + 8 became 2 in uint8."}
# def mark(clip, pattern, strength):
#     return (clip + strength * pattern[:, None]).round().long().remainder(256).byte()
#
#
# def mark_score(clip, pattern):
#     centred = clip - clip.float().mean(dim=(2, 3), keepdim=True)
#     return (centred * pattern[:, None]).mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.5", "cause": "no clamp", "says": "Values left 0..255."}
# def mark(clip, pattern, strength):
#     return (clip + strength * pattern[:, None]).round().short()
#
#
# def mark_score(clip, pattern):
#     centred = clip - clip.float().mean(dim=(2, 3), keepdim=True)
#     return (centred * pattern[:, None]).mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.5", "cause": "mean kept", "says": "A bright clip looks marked."}
# def mark(clip, pattern, strength):
#     return (clip + strength * pattern[:, None]).round().clamp(0, 255).byte()
#
#
# def mark_score(clip, pattern):
#     return (clip * pattern[:, None].float()).mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.5", "cause": "cut off instead of rounded", "says": "Truncation darkens every pixel."}
# def mark(clip, pattern, strength):
#     return (clip + strength * pattern[:, None]).clamp(0, 255).byte()
#
#
# def mark_score(clip, pattern):
#     centred = clip - clip.float().mean(dim=(2, 3), keepdim=True)
#     return (centred * pattern[:, None]).mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.5", "cause": "pattern along time", "says": "One pattern for all frames."}
# def mark(clip, pattern, strength):
#     moved = torch.stack([pattern.roll(k, dims=2) for k in range(clip.shape[1])], dim=1)
#     return (clip + strength * moved).round().clamp(0, 255).byte()
#
#
# def mark_score(clip, pattern):
#     centred = clip - clip.float().mean(dim=(2, 3), keepdim=True)
#     return (centred * pattern[:, None]).mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.5", "cause": "mean of the clip", "says": "Centre each channel of each frame by itself: else a colour cast passes for a mark."}
# def mark(clip, pattern, strength):
#     return (clip + strength * pattern[:, None]).round().clamp(0, 255).byte()
#
#
# def mark_score(clip, pattern):
#     centred = clip - clip.float().mean()
#     return (centred * pattern[:, None]).mean().item()

# %% [raw] mocolab={"role": "misconception", "id": "6.5", "cause": "divided by the strength's spread", "says": "Asked is the mean of the product, not a correlation between -1 and 1."}
# def mark(clip, pattern, strength):
#     return (clip + strength * pattern[:, None]).round().clamp(0, 255).byte()
#
#
# def mark_score(clip, pattern):
#     centred = clip - clip.float().mean(dim=(2, 3), keepdim=True)
#     return (centred * pattern[:, None]).mean().item() / centred.std().item()

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** two marks on one clip of a drawn face, before and after it was saved as MP4, and after it
# was made smaller and large again. The other mark is a message in the least significant bit of each byte; of its bits
# half are right by chance. A score of your pattern is shown beside that of the clip without it.
#
# **Predict first:** which of the two survives the saving?

# %% mocolab={"role": "demo"}
from mocolab import media

clip = Faces(size=128).clips(1, 12, 2, np.random.default_rng(9))[0][0]
torch.manual_seed(0)
pattern = torch.randint(2, clip[:, 0].shape) * 2.0 - 1
message = torch.randint(2, clip.shape, dtype=torch.uint8)


def saved(clip):
    """The clip as it comes back from an MP4 file."""
    with TemporaryDirectory() as folder:
        media.save(Path(folder) / "clip.mp4", clip[None], columns=1)
        framed = media.load(Path(folder) / "clip.mp4")
    edge = (framed.shape[-1] - clip.shape[-1]) // 2  # the border that pictures get on a page
    return framed[:, :, edge : edge + clip.shape[2], edge : edge + clip.shape[3]]


def smaller(clip):
    """Half as large, and large again."""
    half = F.avg_pool2d(clip.float().transpose(0, 1), 2)
    return F.interpolate(half, scale_factor=2, mode="bilinear").round().byte().transpose(0, 1)


lines = ["| clip | bits of the message that are right | score, marked | score, not marked |", "|---|--:|--:|--:|"]
for name, through in {"as made": lambda clip: clip, "saved as MP4": saved, "resized": smaller}.items():
    bits = ((through(clip & 254 | message) & 1) == message).float().mean()
    score, without = mark_score(through(mark(clip, pattern, 4.0)), pattern), mark_score(through(clip), pattern)
    lines.append(f"| {name} | {bits:.2f} | {score:.2f} | {without:.2f} |")
figure, panels = plt.subplots(1, 3, figsize=(8, 2.8))
for panel, strength in zip(panels, (0.0, 4.0, 24.0)):
    panel.imshow(mark(clip, pattern, strength)[:, 0].permute(1, 2, 0))
    panel.set(title=f"strength {strength:g}", xticks=[], yticks=[])
display.picture(
    figure,
    alt="A frame of a drawn face three times: without a mark, with one of strength 4 that is hard to see, and with one "
    "of strength 24, a fine coloured grain over the whole picture.",
)
Markdown("\n".join(lines))

# %% [markdown] mocolab={"role": "text"}
# The message in the last bits is gone after one saving: half of its bits are right, as many as by guessing. The
# pattern fades, because saving keeps colour at half the resolution and throws fine grain away; what is left of it is
# above the score of the clip without a mark. A mark that must be found after everything has to be taught to survive
# it, and even then the one who wants it gone will try longer than you.
#
# ### Exercise 6.6: a note on consent
#
# Your predictor animates one photograph of a stranger. Write at most 120 words in the next cell: what you release, to
# whom, what stays at home, and how somebody who finds their face in it could complain. 3 points, read by a person:
# whose consent you asked, or why you need none; what may be handed on, and what not; a safeguard *and* its limit.

# %% [markdown] mocolab={"role": "free", "id": "6.6", "points": 3, "minutes": 20, "difficulty": 2, "rubric": "1: says whose consent is needed, that of the person in the photograph (and of the people in the training data), and how it is asked, or why none is needed for what is released. 1: says what may be handed on and what stays at home: code, numbers, lists; not clips, not weights trained on recognisable people who did not agree. 1: names a safeguard (a mark, a gate, a contact for removal) and its limit."}
# *Your note, at most 120 words.*

# %% [markdown] mocolab={"role": "text"}
# ## What you built
#
# | part | in | out |
# |---|---|---|
# | people and leaks, 6.1 | paths, lists of clips | who, which side, two shares; in the package `data.voxceleb`, `data.splits` |
# | tubes and rates, 6.2 | boxes `[T, 4]`, rates | frames of a static crop, frames at another rate |
# | identity, 6.3 | embeddings | a curve over the horizon, a share; in the package `metrics.identity` |
# | gain, 6.4 | scores `[S, N]` twice | a gain and its error |
# | mark, 6.5 | bytes | bytes, and a score |
#
# With a copy of VoxCeleb of your own, `mocolab data voxceleb --root FOLDER --agree` makes it a data set that holds out
# people, and `mocolab train mocogan_predict --data voxceleb` trains on it.
#
# ## What it cannot do
#
# Drawn faces are not people: the embedding that knows them knows nothing of photographs, and what holds for them holds
# for real faces only once it has been measured there. The predictor still paints from sixty numbers, or repaints one
# picture under their guidance. And the board has one row missing: yours. That is the challenge, lab 12: an idea, stated
# so that it could fail, a comparison under at least three seeds with your `paired_gain`, an ablation, and a limit.
#
# ## Discuss
#
# 1. Which gains on your board are real? What would it cost, in trainings, to make a grey one blue?
# 2. The lists of VoxCeleb may be shared under a Creative Commons licence. Why may the clips still not be passed on?
# 3. Who is served by a mark that a resize removes? And by one that nobody can remove?
# 4. A person in your test set asks to be removed. Which of your numbers change, and which of your files?
#
# ## References
#
# - A. Nagrani, J. S. Chung, A. Zisserman. VoxCeleb: a large-scale speaker identification dataset. Interspeech 2017.
#   [arXiv 1706.08612](https://arxiv.org/abs/1706.08612).
# - J. S. Chung, A. Nagrani, A. Zisserman. VoxCeleb2: Deep Speaker Recognition. Interspeech 2018.
# - A. Siarohin, S. Lathuilière, S. Tulyakov, E. Ricci, N. Sebe. First Order Motion Model for Image Animation. NeurIPS
#   2019. Its list of crops: `AliaksandrSiarohin/video-preprocessing`.
# - S. Tulyakov, M.-Y. Liu, X. Yang, J. Kautz. MoCoGAN: Decomposing Motion and Content for Video Generation. CVPR 2018.
#   [arXiv 1707.04993](https://arxiv.org/abs/1707.04993).
# - Y. Tian et al. A Good Image Generator Is What You Need for High-Resolution Video Synthesis (MoCoGAN-HD). ICLR 2021.
#   [arXiv 2104.15069](https://arxiv.org/abs/2104.15069).
