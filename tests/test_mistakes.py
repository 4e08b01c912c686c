"""Values that mean nothing, through the command line: one sentence that names them, and nothing on the disk."""

import pytest

from mocolab.cli import main, parse
from mocolab.systems import SYSTEMS

SMOKE = "train mocogan --preset smoke"


@pytest.mark.parametrize(
    "line, sentence",
    [
        (f"{SMOKE} --data shapes-labels --system.categories 0", "0 categories leaves D_V nothing to learn"),
        (f"{SMOKE} --system.labelled", "give categories, or --system.no-labelled."),
        (f"{SMOKE} --system.step 0", "--system.step 0 was given: give at least 1."),
        (f"{SMOKE} --system.step -1", "--system.step -1 was given: give at least 1."),
        (f"{SMOKE} --system.clips -1", "--system.clips -1 was given: give at least 0."),
        (f"{SMOKE} --system.noise -1", "--system.noise -1 was given: give at least 0."),
        ("train dual_mtgan --preset smoke --system.waves 0", "--system.waves 0 was given: give at least 1."),
        ("train dual_mtgan --preset smoke --system.code-dim 0", "--system.code-dim 0 was given: give at least 1."),
        *((f"train {name} --preset smoke --system.width 0", "--system.width 0 was given") for name in SYSTEMS),
        (f"{SMOKE} --train.seed -1", "--train.seed -1 was given: give at least 0."),
        (f"{SMOKE} --train.save-every 0", "--train.save-every 0 was given: give at least 1."),
        (f"{SMOKE} --train.averaging 2", "--train.averaging 2 was given: give 0 to 1."),
        (f"{SMOKE} --train.decay-after -1", "--train.decay-after -1 was given: give 0 to 1."),
        (f"{SMOKE} --train.minutes nan", "nan minutes was asked for: give more than 0"),
        ("train", "SYSTEM comes first, and nothing was given"),
        ("train --data shapes mocogan --train.steps 0", "SYSTEM comes first, and --data was given"),
        ("train --resume mocogan", "as in `mocolab train mocogan --data shapes`."),
        ("evaluate mocogan-shapes --step -2", "--step -2 was given: give at least 1."),
        ("evaluate mocogan-shapes --frames -3", "--frames -3 was given: give at least 1."),
        ("evaluate mocogan-shapes --seed -1", "--seed -1 was given: give at least 0."),
        ("data show shapes --clips 0", "--clips 0 was given: give at least 1."),
        ("data show shapes --frames 0", "--frames 0 was given: give at least 1."),
        ("data show shapes --step 0", "--step 0 was given: give at least 1."),
        ("data show shapes --step -1", "--step -1 was given: give at least 1."),
        ("data show shapes --seed -1", "--seed -1 was given: give at least 0."),
        ("data show shapes --frames 40", "shapes has 32: lower the step or the number of frames."),
        ("data show shapes --size 4", "asked for at 4 px, but is drawn at 16 to 1024 px"),
        ("data show faces --size -3", "asked for at -3 px, but is drawn at 16 to 1024 px"),
        ("data info shapes --size 0", "asked for at 0 px, but is drawn at 16 to 1024 px"),
        ("data info shapes+", "'' is neither a folder nor a data set"),
        ("data info ''", "'' is neither a folder nor a data set"),
        ("data build shapes", "shapes is drawn on the fly and needs no building here"),
        ("data build voxceleb", "voxceleb is built by `mocolab data voxceleb`"),
        ("data get official-shape", "did you mean official-shapes?"),
    ],
)
def test_what_means_nothing_is_refused_by_name(line, sentence, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(["" if word == "''" else word for word in line.split()])
    said = f"{stop.value.code} {capsys.readouterr().err}".replace("│", " ")  # tyro puts what it says in a box
    assert sentence in " ".join(said.split())
    assert not list(tmp_path.iterdir())


def test_labelled_data_can_be_learnt_without_its_labels():
    recipe = "--preset smoke --system.categories 0 --system.no-labelled --system.clip-patch"
    config = parse(["train", "mocogan", "--data", "shapes-labels", *recipe.split()]).system
    needs = SYSTEMS["mocogan"][0](config).needs
    assert needs.labels == 0 and needs.clips == config.clips and config.clip_patch


def test_a_resume_of_nothing_begins_anew_and_says_so(tmp_path, capsys):
    again = [*SMOKE.split(), "--folder", str(tmp_path / "run"), "--resume"]
    for steps, told in (("1", True), ("2", False)):
        main([*again, "--train.steps", steps])
        assert ("run holds no last.pt to go on with: a new run begins there." in capsys.readouterr().out) == told
