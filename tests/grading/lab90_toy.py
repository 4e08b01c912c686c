# %% [markdown] mocolab={"role": "header", "id": "90", "title": "A toy", "minutes": 5}
# # Toy: three small exercises and a paragraph

# %% mocolab={"role": "given"}
import torch

from mocolab.course import check


# %% mocolab={"role": "answer", "id": "90.1", "points": 2, "minutes": 1, "difficulty": 1, "forbid": ["expand"]}
def content_codes(num_clips, num_frames, dim, normal=torch.randn):
    codes = normal(num_clips, dim)
    return codes[:, None].repeat(1, num_frames, 1)


# %% [raw] mocolab={"role": "stub", "id": "90.1"}
# def content_codes(num_clips, num_frames, dim, normal=torch.randn):
#     raise NotImplementedError("Exercise 90.1: one draw, the same at every time.")

# %% [raw] mocolab={"role": "misconception", "id": "90.1", "cause": "fresh per frame", "says": "Draw z_C once per clip."}
# def content_codes(num_clips, num_frames, dim, normal=torch.randn):
#     return normal(num_clips, num_frames, dim)

# %% mocolab={"role": "check", "id": "90.1", "timeout": 6}
probe = check("90.1", content_codes)
B, T, D = probe.sizes(3)
tape = probe.tape()
codes = content_codes(B, T, D, normal=tape)
probe.gate("calls", tape.calls)
probe.show(codes=codes)

# %% mocolab={"role": "given"}
SCALE = 3.0


# %% mocolab={"role": "answer", "id": "90.2", "points": 3, "minutes": 1, "difficulty": 1}
class Hinge(torch.nn.Module):
    def forward(self, scores):
        return torch.relu(1 - scores).mean() * SCALE


# %% [raw] mocolab={"role": "stub", "id": "90.2"}
# class Hinge(torch.nn.Module):
#     def forward(self, scores):
#         raise NotImplementedError("Exercise 90.2: the mean of max(0, 1 - score), times SCALE.")

# %% [raw] mocolab={"role": "misconception", "id": "90.2", "cause": "sign", "says": "Real scores lie above 1: 1 - score."}
# class Hinge(torch.nn.Module):
#     def forward(self, scores):
#         return torch.relu(1 + scores).mean() * SCALE

# %% mocolab={"role": "check", "id": "90.2", "timeout": 6}
probe = check("90.2", Hinge)
hinge = probe.fill(Hinge())
probe.show(few=hinge(probe.tensor(*probe.sizes(2))), many=hinge(probe.tensor(*probe.sizes(3))))


# %% mocolab={"role": "answer", "id": "90.3", "points": 5, "minutes": 1, "difficulty": 2, "depends": ["90.1"]}
def flat_codes(num_clips, num_frames, dim, normal=torch.randn):
    return content_codes(num_clips, num_frames, dim, normal).flatten(0, 1)


# %% [raw] mocolab={"role": "stub", "id": "90.3"}
# def flat_codes(num_clips, num_frames, dim, normal=torch.randn):
#     raise NotImplementedError("Exercise 90.3: the codes of 90.1, one row per frame.")

# %% [raw] mocolab={"role": "misconception", "id": "90.3", "cause": "time first", "says": "Frames of clips are mixed."}
# def flat_codes(num_clips, num_frames, dim, normal=torch.randn):
#     return content_codes(num_clips, num_frames, dim, normal).transpose(0, 1).flatten(0, 1)

# %% mocolab={"role": "check", "id": "90.3", "timeout": 6}
probe = check("90.3", flat_codes)
probe.show(rows=flat_codes(*probe.sizes(3), normal=probe.tape()))

# %% [markdown] mocolab={"role": "free", "id": "90.4", "points": 2, "minutes": 3, "difficulty": 1, "rubric": "1: names the code. 1: says why it is constant."}
# *Your words here, at most 50.*
