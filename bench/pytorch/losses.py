"""The losses as functions of logits [N, C, ...] and uint8 class indices [N, ...]: with PyTorch's own gradient, and with
the gradient written out. Smooth 1e-5, clip 1e-7, alpha 0.25, gamma 2; pixel losses are means over pixels and classes.
Sigmoid for one channel, else softmax."""
import torch
import torch.nn.functional as F

SMOOTH = 1e-5
EPSILON = 1e-7
ALPHA = 0.25


def probabilities(logits):
    """In float at least, as PyTorch's autocast has it: in 16 bits 1 - 1e-7 is 1."""
    z = logits if logits.dtype == torch.float64 else logits.float()
    return torch.sigmoid(z) if z.shape[1] == 1 else torch.softmax(z, 1)


def axes(tensor):
    """All but the classes."""
    return [0] + list(range(2, tensor.dim()))


def one_hot(labels, classes):
    if classes == 1:
        return labels.unsqueeze(1)
    return F.one_hot(labels.long(), classes).movedim(-1, 1)


def class_sums(logits, labels):
    """Probabilities and truth, and of each class intersection, predicted and true mass, [C]."""
    p = probabilities(logits)
    g = one_hot(labels, p.shape[1]).to(p.dtype)
    return p, g, (p * g).sum(axes(p)), p.sum(axes(p)), g.sum(axes(p))


def jaccard(logits, labels):
    _, _, i, p, g = class_sums(logits, labels)
    return 1 - ((i + SMOOTH) / (p + g - i + SMOOTH)).mean()


def dice_ce_focal(logits, labels):
    p, g, i, mass, truth = class_sums(logits, labels)
    dice = 1 - ((2 * i + SMOOTH) / (mass + truth + SMOOTH)).mean()
    if logits.shape[1] == 1:
        u = (g * p + (1 - g) * (1 - p)).clamp(EPSILON, 1 - EPSILON)
        alpha = g * ALPHA + (1 - g) * (1 - ALPHA)
    else:
        u = p.gather(1, labels.long().unsqueeze(1)).clamp(EPSILON, 1 - EPSILON)
        alpha = ALPHA
    log = u.log()
    return dice - (log.sum() + (alpha * (1 - u) ** 2 * log).sum()) / p.numel()


def by_autograd(loss):
    def run(logits, labels):
        value = loss(logits, labels)
        return value.detach(), torch.autograd.grad(value, logits)[0]
    return run


def per_class(sums, tensor):
    """[C] so that it meets [N, C, ...]."""
    return sums.view([1, -1] + [1] * (tensor.dim() - 2))


def known(logits, labels):
    """Probabilities, where the truth is, and sums of the classes, from labels as they are."""
    p = probabilities(logits.detach())
    classes = torch.arange(p.shape[1], device=p.device, dtype=labels.dtype)
    g = labels.unsqueeze(1) == (1 if p.shape[1] == 1 else per_class(classes, p))
    hit = torch.where(g, p, torch.zeros_like(p))
    return p, g, hit.sum(axes(p)), p.sum(axes(p)), g.sum(axes(p)).to(p.dtype)


def towards_logits(p, slope, logits):
    """dL/dlogits from dL/dp."""
    if p.shape[1] == 1:
        return (slope * p * (1 - p)).to(logits.dtype)
    return (p * (slope - (p * slope).sum(1, keepdim=True))).to(logits.dtype)


def jaccard_by_hand(logits, labels):
    p, g, i, mass, truth = known(logits, labels)
    below = mass + truth - i + SMOOTH
    score = (i + SMOOTH) / below
    everywhere = score / below / p.shape[1]
    at_truth = -(1 + score) / below / p.shape[1]
    slope = per_class(everywhere, p) + torch.where(g, per_class(at_truth, p), torch.zeros_like(p))
    return 1 - score.mean(), towards_logits(p, slope, logits)


def dice_ce_focal_by_hand(logits, labels):
    p, g, i, mass, truth = known(logits, labels)
    below = mass + truth + SMOOTH
    score = (2 * i + SMOOTH) / below
    everywhere = score / below / p.shape[1]
    at_truth = -2 / below / p.shape[1]
    one_channel = p.shape[1] == 1
    right = torch.where(g, p, 1 - p) if one_channel else p
    u = right.clamp(EPSILON, 1 - EPSILON)
    log = u.log()
    alpha = torch.where(g, torch.full_like(p, ALPHA), torch.full_like(p, 1 - ALPHA)) if one_channel else ALPHA
    pixel = log * (1 + alpha * (1 - u) ** 2)
    pixel_slope = (1 + alpha * (1 - u) ** 2) / u - 2 * alpha * (1 - u) * log
    pixel_slope = torch.where(right == u, -pixel_slope / p.numel(), torch.zeros_like(p))
    if one_channel:
        rest = torch.where(g, pixel_slope + per_class(at_truth, p), -pixel_slope)
    else:
        pixel = torch.where(g, pixel, torch.zeros_like(p))
        rest = torch.where(g, pixel_slope + per_class(at_truth, p), torch.zeros_like(p))
    value = 1 - score.mean() - pixel.sum() / p.numel()
    return value, towards_logits(p, per_class(everywhere, p) + rest, logits)


AUTOGRAD = {"jaccard": jaccard, "dice_ce_focal": dice_ce_focal}
BY_HAND = {"jaccard": jaccard_by_hand, "dice_ce_focal": dice_ce_focal_by_hand}
