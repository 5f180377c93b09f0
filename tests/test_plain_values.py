"""Values and states: what has fields by annotation."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import ClassVar

import pytest

from nbflask.registry.owners import Owner
from nbflask.registry.records import Record, Route, View
from nbflask.values import Named, State, Value


class Point(Value):
    x: int
    y: int = 0

    measured: ClassVar[bool] = False


class Solid(Point):
    z: int = 0

    measured = True


class Colour(Named):
    shade: str = "dark"
    hue: str


def test_fields_are_given_in_their_order_or_by_name():
    for point in (Point(1, 2), Point(1, y=2), Point(y=2, x=1)):
        assert (point.x, point.y) == (1, 2)


def test_a_field_that_is_not_given_has_its_default():
    assert Point(1).y == 0
    assert Colour(hue="red").shade == "dark"


def test_a_subclass_has_the_fields_of_its_base_before_its_own():
    solid = Solid(1, 2, 3)
    assert (solid.x, solid.y, solid.z) == (1, 2, 3)


def test_each_class_makes_its_own_values_whichever_comes_first():
    class Base(Value):
        a: int

    class Below(Base):
        b: int

    class Lowest(Below):
        c: int

    assert Below(1, 2).b == 2
    assert Base(1).a == 1
    assert Lowest(1, 2, 3).c == 3
    assert Below(3, 4).b == 4


def test_what_belongs_to_the_class_is_no_field():
    assert (Point(1).measured, Solid(1).measured) == (False, True)
    with pytest.raises(TypeError, match="measured"):
        Point(1, measured=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("again", ["the first time", "from then on"])
@pytest.mark.parametrize(
    ("arguments", "given", "complaint"),
    [
        ((), {}, r"Fresh\.__init__\(\) missing 1 required positional argument: 'x'"),
        ((1, 2, 3), {}, "takes from 2 to 3 positional arguments but 4 were given"),
        ((1,), {"w": 1}, "got an unexpected keyword argument 'w'"),
        ((1,), {"x": 1}, "got multiple values for argument 'x'"),
    ],
)
def test_wrong_arguments_are_refused_as_those_of_any_class(
    arguments, given, complaint, again
):
    class Fresh(Point):
        pass

    if again == "from then on":
        Fresh(1)
    with pytest.raises(TypeError, match=complaint):
        Fresh(*arguments, **given)


def test_a_named_value_takes_no_field_by_its_place():
    with pytest.raises(TypeError, match="positional argument"):
        Colour("dark", "red")  # type: ignore[misc]


def test_a_value_is_never_changed():
    point = Point(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'w'"):
        point.w = 2  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    assert not hasattr(point, "__dict__")


class Door(State):
    name: str
    open: bool = False


def test_a_state_changes_but_has_no_other_names():
    door = Door("front")
    door.open = True
    assert (door.name, door.open, Door("back").open) == ("front", True, False)
    assert repr(door) == "Door(name='front', open=True)"
    with pytest.raises(AttributeError, match="shut"):
        door.shut = True  # type: ignore[attr-defined]


def test_an_altered_one_is_another_of_the_same_class():
    point = Solid(1, 2, 3)
    other = point.altered(y=5)
    assert type(other) is Solid
    assert (other.x, other.y, other.z) == (1, 5, 3)
    assert point.y == 2
    assert Colour(hue="red").altered(shade="light").hue == "red"
    with pytest.raises(TypeError, match="'w'"):
        point.altered(w=1)


def test_values_compare_by_identity():
    one, other = Point(1), Point(1)
    assert one != other
    assert len({one, other, one}) == 2


def test_a_value_shows_its_fields():
    assert repr(Solid(1, z=2)) == "Solid(x=1, y=0, z=2)"


def test_owners_of_one_kind_and_name_are_one():
    owner = Owner("cell", "a")
    assert owner == owner.altered(label="cell [3]", live=True, lasting=False)
    assert hash(owner) == hash(owner.altered(label="cell [3]"))
    assert owner != Owner("cell", "b")
    assert owner != Owner("module", "a")
    assert owner != "a"


def test_each_kind_of_record_has_fields_of_its_own():
    owner = Owner("module", "m")
    view = View(owner=owner, target=print, endpoint="index")
    route = Route(
        owner=owner, rule="/", endpoint="index", methods=None, rule_class=object
    )
    assert isinstance(view, Record)
    assert (route.scope, route.target, dict(route.options)) == (None, None, {})
    assert view.altered(scope="shop").key == ("view", "index")
