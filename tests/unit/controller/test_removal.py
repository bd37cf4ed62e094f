"""In which order units go."""

import random

from exclave.controller.removal import with_users
from exclave.controller.units import MaterializationUnit


def unit(name):
    return MaterializationUnit(name, [], [])


def names(units):
    return "".join(one.name for one in units)


def test_users_go_first_also_by_more_than_one_way():
    f, g, h, k = (unit(name) for name in "fghk")
    g.use(f)
    h.use(f)
    h.use(g)
    k.use(h)
    assert names(with_users([f])) == "khgf"
    assert names(with_users([h])) == "kh"


def test_cycles_go_together():
    f, g = unit("f"), unit("g")
    f.use(g)
    g.use(f)
    f.use(f)
    assert sorted(names(with_users([f]))) == ["f", "g"]


def test_what_is_detached_is_used_by_nobody():
    f, g = unit("f"), unit("g")
    g.use(f)
    g.detach()
    assert names(with_users([f])) == "f"


def test_a_long_chain_and_random_graphs():
    chance = random.Random(5)
    units = [unit(str(i)) for i in range(3000)]
    for number, one in enumerate(units[1:], 1):
        one.use(units[number - 1])
        one.use(units[chance.randrange(number)])
    order = {one: place for place, one in enumerate(with_users([units[0]]))}
    assert len(order) == len(units)
    assert all(order[one] < order[used] for one in units for used in one.uses)
