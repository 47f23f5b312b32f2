# SPDX-License-Identifier: Apache-2.0
"""Fifty full-batch steps of four step rules, written out as PyTorch's optimisers take them.

The cases in the repository have the numbers of PyTorch's optimisers and of its gradients. Here are
the formulas of torch.optim.SGD, ASGD and Adam, with the gradients of reference/networks.py.
"""

import numpy as np

from reference import networks

STEPS = 50


class Sgd:
    """Gradient steps; with momentum they are Nesterov's."""

    def __init__(self, parameters, lr, momentum=0.0, nesterov=0):
        self.parameters, self.lr, self.momentum, self.nesterov = parameters, lr, momentum, nesterov
        self.velocity = [np.zeros_like(p) for p in parameters]

    def step(self, gradients):
        for p, gradient, velocity in zip(self.parameters, gradients, self.velocity):
            velocity *= self.momentum
            velocity += gradient
            p -= self.lr * (gradient + self.momentum * velocity if self.nesterov else velocity)


class Asgd:
    """Averaged SGD: rates lr / (1 + lambd lr t)^alpha, decay lambd; averages from step t0 on."""

    def __init__(self, parameters, lr, lambd, alpha, t0):
        self.parameters, self.lr, self.lambd, self.alpha, self.t0 = parameters, lr, lambd, alpha, t0
        self.average = [p.copy() for p in parameters]
        self.taken, self.eta, self.mu = 0, lr, 1.0

    def step(self, gradients):
        self.taken += 1
        for p, gradient, average in zip(self.parameters, gradients, self.average):
            p *= 1 - self.lambd * self.eta
            p -= self.eta * gradient
            average += self.mu * (p - average)
        self.eta = self.lr / (1 + self.lambd * self.lr * self.taken) ** self.alpha
        self.mu = 1 / max(1, self.taken - self.t0)


class Adam:
    """Steps of the mean gradient over the root of the mean square, both corrected for starting
    at zero."""

    def __init__(self, parameters, lr, beta1, beta2, eps):
        self.parameters, self.lr, self.beta1, self.beta2, self.eps = (
            parameters,
            lr,
            beta1,
            beta2,
            eps,
        )
        self.mean = [np.zeros_like(p) for p in parameters]
        self.square = [np.zeros_like(p) for p in parameters]
        self.taken = 0

    def step(self, gradients):
        self.taken += 1
        for p, gradient, mean, square in zip(self.parameters, gradients, self.mean, self.square):
            mean += (1 - self.beta1) * (gradient - mean)
            square += (1 - self.beta2) * (gradient * gradient - square)
            root = np.sqrt(square / (1 - self.beta2**self.taken)) + self.eps
            p -= self.lr / (1 - self.beta1**self.taken) * mean / root


def rules(patches):
    """{name: (class, hyper-parameters)}; the first three rates suit any number of patches."""
    lr = 1e-3 / patches
    return {
        "sgd": (Sgd, {"lr": lr}),
        "sgd_momentum": (Sgd, {"lr": lr, "momentum": 0.9, "nesterov": 1}),
        "asgd": (Asgd, {"lr": lr, "lambd": 1e-4, "alpha": 0.75, "t0": 10}),
        "adam": (Adam, {"lr": 1e-2, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}),
    }


def primal_objective(problem):
    """(u, v) -> objective and its gradients."""

    def evaluate(u, v):
        found = networks.primal(problem, u, v)
        return found["objective"], (found["grad_u"], found["grad_v"])

    return evaluate


def dual_objective(problem, g):
    """(w, w_prime) -> objective and its gradients, the group norm's among them."""

    def norm_gradient(w):
        norm = networks.block_norms(w)[:, None]
        return 2 * problem.beta * w / np.where(norm > 0, norm, 1.0)

    def evaluate(w, w_prime):
        found = networks.dual(problem, g, w, w_prime)
        gradients = (
            found["grad_w"] + norm_gradient(w),
            found["grad_w_prime"] + norm_gradient(w_prime),
        )
        return found["objective"], gradients

    return evaluate


def run(evaluate, start, make, hyper):
    """Objectives before steps 0 to STEPS, (STEPS + 1), and attributes: the hyper-parameters, for
    ASGD also the objective at the average after STEPS + 1 steps."""
    parameters = [p.copy() for p in start]
    rule = make(parameters, **hyper)
    objectives = []
    for _ in range(STEPS + 1):
        objective, gradients = evaluate(*parameters)
        objectives.append(objective)
        rule.step(gradients)
    attributes = dict(hyper)
    if isinstance(rule, Asgd):
        attributes["averaged_objective"] = evaluate(*rule.average)[0]
    return np.array(objectives), attributes


def all_of(problem, weights):
    """{rule/network: (objectives, attributes)} from the case's weights."""
    networks_ = {
        "primal": (primal_objective(problem), ("primal/u", "primal/v")),
        "dual": (dual_objective(problem, weights["dual/g"]), ("dual/w", "dual/w_prime")),
    }
    return {
        f"{name}/{network}": run(evaluate, [weights[key] for key in keys], make, hyper)
        for name, (make, hyper) in rules(len(problem.x)).items()
        for network, (evaluate, keys) in networks_.items()
    }
