"""Brings the losses of the other libraries in, from checkouts of their own code, and makes them compute in double.

None of their code is part of this project: a folder holds one checkout for each, named as in CHECKOUTS.
"""
import contextlib
import importlib
import sys
import types
import warnings

import torch

CHECKOUTS = {
    "segmentation_models": "qubvel/segmentation_models 5d24bbf (1.0.1)",
    "smp-0.3": "qubvel-org/segmentation_models.pytorch bd7f877 (0.3.4)",
    "smp-0.5": "qubvel-org/segmentation_models.pytorch v0.5.0",
    "smp-0.5.1": "qubvel-org/segmentation_models.pytorch 5006616 (0.5.1.dev0)",
    "monai": "Project-MONAI/MONAI d388d1c (1.5.0)",
    "nnunet": "MIC-DKFZ/nnUNet 0e49508 (2)",
    "lovasz": "bermanmaxim/LovaszSoftmax 7d48792",
    "unified-focal": "mlyg/unified-focal-loss 411c9c5",
    "skeleton-recall": "MIC-DKFZ/Skeleton-Recall f259f63",
}

EPSILON = 1e-7


class Backend:
    """As much of Keras' backend as the losses on Keras call, with PyTorch's operations."""

    def __init__(self, layout="channels_last", plus_epsilon=False):
        self.layout = layout
        self.plus_epsilon = plus_epsilon

    def image_data_format(self):
        return self.layout

    @staticmethod
    def epsilon():
        return EPSILON

    @staticmethod
    def floatx():
        return None

    @staticmethod
    def sum(x, axis=None, keepdims=False):
        return x.sum() if axis is None else x.sum(dim=axis, keepdim=keepdims)

    @staticmethod
    def mean(x, axis=None):
        return x.mean() if axis is None else x.mean(dim=axis)

    @staticmethod
    def clip(x, low, high):
        return x.clamp(low, high)

    @staticmethod
    def log(x):
        return torch.log(x)

    @staticmethod
    def pow(x, exponent):
        return torch.pow(x, exponent)

    @staticmethod
    def greater(x, y):
        return x > y

    @staticmethod
    def cast(x, _):
        return x.to(torch.get_default_dtype())

    @staticmethod
    def permute_dimensions(x, axes):
        return x.permute(*axes)

    @staticmethod
    def gather(x, indexes):
        return x[torch.as_tensor(indexes, dtype=torch.long)]

    def binary_crossentropy(self, truth, p):
        p = p.clamp(EPSILON, 1 - EPSILON)
        inside = EPSILON if self.plus_epsilon else 0
        return -(truth * torch.log(p + inside) + (1 - truth) * torch.log(1 - p + inside))


@contextlib.contextmanager
def precision(dtype):
    """All that the libraries make, and turn into 32 bits on the way, is of this type while it lasts."""
    before = torch.float32, torch.float, torch.Tensor.float
    torch.set_default_dtype(dtype)
    torch.float32 = torch.float = dtype
    torch.Tensor.float = lambda self: self.to(dtype)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.float32, torch.float, torch.Tensor.float = before
        torch.set_default_dtype(before[0])


def load(folder, name):
    """A module of one checkout, whose package is forgotten so that another version of it can be loaded."""
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for each in [m for m in sys.modules if m.split(".")[0] == name.split(".")[0]]:
            del sys.modules[each]


class Libraries:
    """The modules that hold the losses."""

    def __init__(self, folder):
        sys.path.insert(0, str(folder / "monai"))
        self.monai = importlib.import_module("monai.losses")
        self.monai_unified = sys.modules[self.monai.AsymmetricUnifiedFocalLoss.__module__]
        self.monai_one_hot = self.monai_unified.one_hot
        self.smp = {source: load(folder / checkout, "segmentation_models_pytorch.losses") for source, checkout
                    in (("smp", "smp-0.3"), ("smp_0_5", "smp-0.5"), ("smp_0_5_1", "smp-0.5.1"))}
        self.nnunet = load(folder / "nnunet", "nnunetv2.training.loss.compound_losses")
        self.skeleton = load(folder / "skeleton-recall", "nnunetv2.training.loss.dice")
        self.lovasz = load(folder / "lovasz" / "pytorch", "lovasz_losses")
        # The package itself asks for Keras, its losses do not.
        package = types.ModuleType("segmentation_models")
        package.__path__ = [str(folder / "segmentation_models" / "segmentation_models")]
        sys.modules["segmentation_models"] = package
        self.keras_object = importlib.import_module("segmentation_models.base").KerasObject
        self.use_keras("channels_last")
        self.keras = importlib.import_module("segmentation_models.losses")
        self.keras_metrics = importlib.import_module("segmentation_models.metrics")
        self.unified = unified_focal(folder / "unified-focal" / "loss_functions.py")

    def use_keras(self, layout, plus_epsilon=False):
        self.keras_object.set_submodules(Backend(layout, plus_epsilon), 0, 0, 0)


def unified_focal(path):
    """The losses of the paper on Keras. The docstring of one stands at a depth that Python refuses."""
    text = path.read_text().replace('    """For Imbalanced datasets', '        """For Imbalanced datasets')
    keras = types.ModuleType("tensorflow.keras")
    keras.backend = Backend()
    tensorflow = types.ModuleType("tensorflow")
    tensorflow.keras = keras
    tensorflow.stack = lambda tensors, axis: torch.stack(tensors, dim=axis)
    sys.modules.update({"tensorflow": tensorflow, "tensorflow.keras": keras})
    torch.Tensor.get_shape = lambda self: tuple(self.shape)
    try:
        module = types.ModuleType("unified_focal")
        exec(compile(text, path.name, "exec"), module.__dict__)
        return module
    finally:
        del sys.modules["tensorflow"], sys.modules["tensorflow.keras"]
