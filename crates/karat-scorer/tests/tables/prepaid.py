"""Scores of prepaid customers at 30 digits, for `src/step/prepaid/tests.rs`.

    python crates/karat-scorer/tests/tables/prepaid.py > crates/karat-scorer/tests/tables/prepaid.csv

By mpmath's adaptive quadrature and hypergeometric function, from the definitions: of a customer who is alive the rate of
transactions after t is the posterior mean of lambda exp(-lambda p t) for BG/NBD and of lambda exp(-mu t) for Pareto/NBD.
Parameters are drawn over the space and around published fits; nothing here is taken from the library.
"""

import random

from mpmath import exp, hyp2f1, log, mp, mpf, quad

mp.dps = 30


def pieces(end):
    """Cut points that grow, so that the quadrature meets every scale."""
    return [mpf(0)] + [mpf(end) * mpf(2) ** (k - 12) for k in range(13)]


def beta_geo(r, alpha, a, b, modified, x, t_x, T, horizon, rate):
    scale, more = alpha + T, 1 if modified else 0
    if x > 0 or modified:
        odds = a / (b + x - 1 + more) * exp((r + x) * log(scale / (alpha + t_x)))
        alive = 1 / (1 + odds)
    else:
        alive = mpf(1)
    front = alive * (r + x) / scale
    at = lambda t: hyp2f1(r + x + 1, a, a + b + x + more, -t / scale)
    expected = quad(at, pieces(horizon))
    discounted = quad(lambda t: exp(-rate * t) * at(t), pieces(horizon))
    return alive, front * expected, front * discounted


def pareto(r, alpha, s, beta, x, t_x, T, horizon, rate):
    late = beta + T
    death = lambda y: (
        exp((r + x) * log((alpha + T) / (alpha + y)) + s * log(late / (beta + y))) * s / (beta + y)
    )
    cuts = [t_x + (T - t_x) * mpf(k) / 24 for k in range(25)]
    alive = 1 / (1 + (quad(death, cuts) if t_x < T else 0))
    front = alive * (r + x) / (alpha + T)
    at = lambda t: (1 + t / late) ** -s
    return (
        alive,
        front * quad(at, pieces(horizon)),
        front * quad(lambda t: exp(-rate * t) * at(t), pieces(horizon)),
    )


def rows():
    draw = random.Random(6)
    log_uniform = lambda low, high: 10 ** draw.uniform(low, high)
    short = lambda value: float(f"{value:.6g}")
    for number in range(72):
        kind = ("bg", "mbg", "pareto")[number % 3]
        near = number % 2 == 0
        if near:
            parameters = {
                "bg": (0.243, 4.414, 0.793, 2.426),
                "mbg": (0.525, 6.183, 0.891, 1.614),
                "pareto": (0.553, 10.578, 0.606, 11.669),
            }[kind]
        elif kind == "pareto":
            parameters = tuple(
                map(
                    short,
                    (
                        log_uniform(-1, 0.7),
                        log_uniform(-0.5, 2),
                        log_uniform(-1, 0.7),
                        log_uniform(-0.5, 2.5),
                    ),
                )
            )
        else:
            parameters = tuple(
                map(
                    short,
                    (
                        log_uniform(-1, 0.7),
                        log_uniform(-0.5, 2),
                        log_uniform(-1.5, 0.7),
                        log_uniform(-1, 1.5),
                    ),
                )
            )
        T = short(draw.uniform(1, 60) if near else log_uniform(-0.5, 2.5))
        x = draw.choice((0, 1, 2, 5, 12, 40)) if near else draw.choice((0, 1, 3, 30, 250))
        t_x = short(min(T, T * (1 - draw.random() * min(1, 8 / (x + 1))))) if x else 0.0
        horizon = short(draw.choice((1, 12, 39, 52, 260)) if near else log_uniform(0, 3))
        rate = short(log_uniform(-4, -1.3))
        yield kind, parameters, x, t_x, T, horizon, rate


print("kind,p1,p2,p3,p4,x,t_x,T,horizon,rate,alive,expected,discounted")
for kind, parameters, x, t_x, T, horizon, rate in rows():
    given = [mpf(repr(value)) for value in (*parameters, x, t_x, T, horizon, rate)]
    first = given[:4]
    if kind == "pareto":
        found = pareto(*first, *given[4:])
    else:
        found = beta_geo(*first, kind == "mbg", *given[4:])
    figures = ",".join(mp.nstr(value, 20) for value in found)
    print(
        kind,
        *map(repr, parameters),
        x,
        repr(t_x),
        repr(T),
        repr(horizon),
        repr(rate),
        figures,
        sep=",",
        flush=True,
    )
