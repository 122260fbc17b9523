#!/usr/bin/env python3
"""Records what the losses of other libraries compute: value and gradient in double by autograd, and how far their own
single precision is off, of random predictions, labels and arguments. README.md beside this file says more.

    python3 record.py --libraries DIR --seed 1 --each 10 --out DIR
"""
import argparse
import json
import pathlib
import platform
import zipfile

import numpy as np
import torch

from arguments import SOURCES
from inputs import Inputs
from libraries import CHECKOUTS, Libraries, precision


def evaluate(case, inputs, dtype):
    """Value, and gradient by the predictions unless the case is a metric."""
    with precision(dtype):
        pred = torch.from_numpy(inputs.pred).to(dtype)
        pred.requires_grad_(case["kind"] == "loss")
        p = pred
        if case.get("activation_by") == "harness":
            axis = 1 if case["layout"] == "channels_first" else -1
            p = torch.sigmoid(pred) if case["activation"] == "sigmoid" else torch.softmax(pred, axis)
        # A copy, since some libraries write into what they are given.
        value = case["run"](p.clone(), inputs, dtype)
        if not torch.is_tensor(value):
            value = torch.as_tensor(float(value), dtype=dtype) + 0 * pred.sum()
        if value.numel() != 1:
            return float("nan"), None
        if case["kind"] == "metric":
            return float(value), None
        if value.requires_grad:
            value.backward()
        grad = torch.zeros_like(pred) if pred.grad is None else pred.grad
        return float(value.detach()), grad.double().numpy()


class Recorder:
    """Writes cases of one folder."""

    def __init__(self, out, prefix):
        self.out = out
        self.prefix = prefix
        self.cases = []
        if out.exists() and any(out.iterdir()):
            raise SystemExit(f"{out} is not empty")
        for each in ("inputs", "grads"):
            (out / each).mkdir(parents=True, exist_ok=True)

    def add(self, case, inputs):
        """Whether the case could be recorded: what a library answers with an error or no number is left out."""
        try:
            score, grad = evaluate(case, inputs, torch.float64)
        except (RuntimeError, IndexError) as error:
            print(case["source"], case["class"], case["params"], "fails:", str(error).splitlines()[0])
            return False
        if not np.isfinite(score) or grad is not None and not np.isfinite(grad).all():
            return False
        f32_score, f32_grad = evaluate(case, inputs, torch.float32)
        if not np.isfinite(f32_score) or f32_grad is not None and not np.isfinite(f32_grad).all():
            return False
        # Where the library's own single precision has no three digits, its error is no measure of another's.
        if grad is not None and np.abs(f32_grad - grad).max() > 1e-3 * np.abs(grad).max():
            return False
        identity = f"{self.prefix}-{len(self.cases):04d}"
        entry = {"id": identity}
        entry.update({k: v for k, v in case.items() if k not in ("run", "draw")})
        entry["shape"] = {"N": inputs.n, "C": inputs.c, "spatial": list(inputs.spatial)}
        entry["tags"] = sorted(inputs.tags)
        entry["score"] = score
        entry["f32"] = {"score": f32_score, "score_abs_err": abs(f32_score - score)}
        entry["files"] = {what: self.write(f"inputs/{identity}_{what}.npy", array)
                          for what, array in inputs.files().items()}
        if grad is not None:
            entry["grad_max_abs"] = float(np.abs(grad).max())
            entry["f32"]["grad_max_abs_err"] = float(np.abs(f32_grad - grad).max())
            entry["files"]["grad"] = self.write(f"grads/{identity}.npy", grad.astype("<f8"))
        self.cases.append(entry)
        return True

    def write(self, name, array):
        np.save(self.out / name, np.ascontiguousarray(array))
        return name

    def finish(self, seed):
        manifest = {"format": 1, "seed": seed, "epsilon": 1e-7, "generator": "record.py",
                    "made_with": {"numpy": np.__version__, "torch": torch.__version__,
                                  "python": platform.python_version()},
                    "peers": list(CHECKOUTS.values()), "count": len(self.cases), "cases": self.cases}
        (self.out / "manifest.json").write_text(json.dumps(manifest))

    def pack(self, archive):
        """Puts the folder into an archive that is the same whenever it is made."""
        with zipfile.ZipFile(archive, "w") as packed:
            for path in sorted(each for each in self.out.rglob("*") if each.is_file()):
                entry = zipfile.ZipInfo(str(path.relative_to(self.out)), (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(entry, path.read_bytes(), compresslevel=9)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--libraries", type=pathlib.Path, required=True, help="folder with the checkouts")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--each", type=int, default=10, help="cases of each loss")
    arguments.add_argument("--largest", type=int, default=600, help="most numbers of the predictions of a case")
    arguments.add_argument("--sources", nargs="*", default=list(SOURCES), choices=list(SOURCES))
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--pack", type=pathlib.Path, help="an archive to put the folder into")
    given = arguments.parse_args()
    libraries = Libraries(given.libraries)
    recorder = Recorder(given.out, f"r{given.seed}")
    for source, losses in SOURCES.items():
        for name, draw in losses.items():
            if source not in given.sources:
                continue
            # Each loss has random numbers of its own, so that another one more changes none of them.
            rng = np.random.default_rng([given.seed, *f"{source} {name}".encode()])
            made = 0
            for _ in range(10 * given.each):
                inputs = Inputs(rng, given.largest)
                case = {"source": source, "kind": "loss", "class": name, "params": {}, "layout": "channels_first",
                        "pred_is": "logits", "activation": "none", "activation_by": None}
                draw(libraries, rng, inputs, case)
                made += recorder.add(case, inputs)
                if made == given.each:
                    break
            print(source, name, made)
    recorder.finish(given.seed)
    if given.pack:
        recorder.pack(given.pack)


if __name__ == "__main__":
    main()
