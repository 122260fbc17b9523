"""Random predictions and labels of many kinds."""
import numpy as np


class Inputs:
    """Predictions [N, C, spatial] and labels, channels first until last() is called."""

    def __init__(self, rng, largest):
        self.rng = rng
        self.largest = largest
        self.tags = set()
        self.pred = self.truth = self.labels = None
        self.maps = {}

    def shape(self, c, dims=None, n=None):
        """So many channels, 2-D or 3-D, no larger than allowed."""
        rng = self.rng
        self.c = c
        self.n = int(n if n else rng.integers(1, 5))
        dims = dims if dims else (3 if rng.random() < 0.3 else 2)
        room = max(2, self.largest // (self.n * c))
        spatial = []
        for k in range(dims):
            most = int(min(12, max(1, room ** (1 / (dims - k)) * 1.5, 1)))
            side = int(rng.integers(1, most + 1)) if rng.random() < 0.5 else most
            side = max(1, min(side, room))
            spatial.append(side)
            room = max(1, room // side)
        self.spatial = tuple(spatial)
        return self

    # Labels

    def indices(self, classes=None, void=None):
        """One label for each pixel; a part of them void."""
        rng, shape = self.rng, (self.n, *self.spatial)
        c = classes or self.c
        kind = rng.choice(["random", "absent", "blobs", "single", "one_image"])
        if kind == "random":
            labels = rng.integers(0, c, shape)
        elif kind == "absent":
            labels = rng.choice(rng.permutation(c)[: max(1, c // 2)], shape)
        elif kind == "single":
            labels = np.full(shape, rng.integers(0, c))
        elif kind == "one_image":
            labels = rng.integers(0, c, shape)
            labels[0] = rng.integers(0, c)
        else:
            labels = np.full(shape, 0)
            for _ in range(2 * c):
                box = tuple(slice(a, a + 1 + int(rng.integers(0, s))) for s in self.spatial
                            for a in [int(rng.integers(0, s))])
                labels[(int(rng.integers(0, self.n)), *box)] = rng.integers(0, c)
        self.tags.add("gt:" + kind)
        labels = labels.astype("<i4")
        if void is not None:
            self.tags.add("ignore_index")
            share = rng.choice([0.1, 0.5, 0.9])
            labels[rng.random(shape) < share] = void
            if rng.random() < 0.15:
                labels[int(rng.integers(0, self.n))] = void
                self.tags.add("void_image")
        self.labels = labels
        return self

    def without_void_images(self, void):
        """Of an image that is void altogether, the first pixel is not."""
        for image in self.labels:
            if (image == void).all():
                image[(0,) * image.ndim] = 0
        self.tags.discard("void_image")
        return self

    def one_hot(self):
        self.indices()
        self.truth = np.stack([self.labels == k for k in range(self.c)], 1).astype("<f4")
        self.labels = None
        return self

    def binary(self, soft=False, void=None):
        """A label of 0 or 1 for each output, or from 0 to 1; a part of them void."""
        rng, shape = self.rng, (self.n, self.c, *self.spatial)
        kind = rng.choice(["random", "rare", "zeros", "ones", "absent", "blobs"], p=[.35, .2, .1, .1, .1, .15])
        if kind == "blobs":
            truth = np.zeros(shape)
            for _ in range(3 * self.n * self.c):
                box = tuple(slice(a, a + 1 + int(rng.integers(0, s))) for s in self.spatial
                            for a in [int(rng.integers(0, s))])
                truth[(int(rng.integers(0, self.n)), int(rng.integers(0, self.c)), *box)] = 1
        else:
            share = {"random": 0.5, "rare": 0.1, "zeros": 0, "ones": 1, "absent": 0.5}[kind]
            truth = (rng.random(shape) < share).astype("f8")
            if kind == "absent":
                truth[:, int(rng.integers(0, self.c))] = 0
        self.tags.add("gt:" + kind)
        if soft:
            self.tags.add("gt:soft")
            mixed = rng.integers(0, 257, shape) / 256
            truth = np.where(rng.random(shape) < 0.3, truth, mixed)
        if void is not None:
            self.tags.add("ignore_index")
            truth[rng.random(shape) < rng.choice([0.1, 0.5])] = void
        self.truth = truth.astype("<f4")
        return self

    def mixtures(self):
        """Probabilities of classes that sum to 1."""
        raw = self.rng.dirichlet(np.full(self.c, 0.5), (self.n, *self.spatial))
        self.truth = np.moveaxis(raw, -1, 1).astype("<f4")
        self.tags.add("gt:soft")
        return self

    # Predictions

    def logits(self, extreme=True):
        rng, shape = self.rng, (self.n, self.c, *self.spatial)
        kind = rng.choice(["mild", "normal", "confident", "saturated", "constant", "right", "wrong"],
                          p=[.2, .25, .15, .15, .05, .1, .1] if extreme else [.4, .5, 0, 0, .1, 0, 0])
        scale = {"mild": 0.5, "normal": 2, "confident": 6, "saturated": 30, "constant": 0, "right": 1, "wrong": 1}
        logits = rng.standard_normal(shape) * scale[kind]
        if kind == "constant":
            logits += rng.standard_normal()
        if kind in ("right", "wrong"):
            truth = self.dense_truth()
            logits += (12 if kind == "right" else -12) * (2 * truth - 1)
        self.tags = {tag for tag in self.tags if not tag.startswith("pred:")} | {"pred:" + str(kind)}
        self.pred = logits.astype("<f4")
        return self

    def without_ties(self):
        """Logits of which no two are equal, since the order of equal ones is anybody's."""
        self.logits(extreme=False)
        while np.unique(self.pred).size < self.pred.size:
            self.pred += self.rng.standard_normal(self.pred.shape).astype("<f4")
        return self

    def dense_truth(self):
        if self.truth is not None:
            return np.clip(self.truth, 0, 1)
        return np.stack([self.labels == k for k in range(self.c)], 1).astype("f8")

    def probabilities(self, exclusive):
        self.logits(extreme=False)
        z = self.pred.astype("f8")
        if exclusive:
            e = np.exp(z - z.max(1, keepdims=True))
            p = e / e.sum(1, keepdims=True)
        else:
            p = 1 / (1 + np.exp(-z))
        self.pred = p.astype("<f4")
        return self

    def last(self):
        """Channels last."""
        self.pred = np.moveaxis(self.pred, 1, -1)
        if self.truth is not None:
            self.truth = np.moveaxis(self.truth, 1, -1)
        return self

    def files(self):
        files = {"pred": self.pred}
        if self.labels is not None:
            files["labels"] = self.labels
        if self.truth is not None:
            files["gt"] = self.truth
        files.update(self.maps)
        return files
