"""Where names of dots can stand without covering each other."""

from typing import NamedTuple

HEIGHT, CHARACTER = 15, 6.3  # pixels, of text at 12 pixels
GAP = 4  # pixels, between a dot and a name beside it
MAX_CHARACTERS = 24
MAX_COVERED = 1  # dots: a name on many of them cannot be read
# The narrowest plot, on a phone, and the widest. Boxes that do not meet in the narrowest do not meet in a wider one.
NARROW, WIDE = 270, 640


class Dot(NamedTuple):
    """A dot: its place in the plot, from 0 to 1 from the left and from the top, and its radius in pixels."""

    x: float
    y: float
    radius: float


class Label(NamedTuple):
    """The name of the dot at this position: it reaches towards the middle from the dot's centre.

    It is moved from there by `dx` pixels to the right and `dy` down.
    """

    position: int
    text: str
    align: str
    dx: float
    dy: float


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether they have a point in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def place(dots: list[Dot], names: list[str], wanted: list[int], height: float, taken: list[Box]) -> list[Label]:
    """Labels for the dots at the wanted indices, the most wanted first; those that find no place are left out.

    `taken` are boxes in the narrowest plot in which no label may stand.
    """
    labels, taken = [], list(taken)
    for index in wanted:
        text = cut(names[index])
        dot = dots[index]
        beside = (dot.radius + GAP) * (1 if _align(dot) == "left" else -1)
        moves = [(beside, 0), (0, -dot.radius - HEIGHT / 2), (0, dot.radius + HEIGHT / 2)]
        options = [(_covered(dots, index, text, move, height), move) for move in moves]
        for covered, move in sorted(options, key=lambda option: option[0]):
            box = _box(dot, text, move, NARROW, height)
            is_inside = box.top >= 0 and box.bottom <= height
            if covered <= MAX_COVERED and is_inside and not any(box.meets(other) for other in taken):
                labels.append(Label(index, text, _align(dot), *move))
                taken.append(box)
                break
    return labels


def cut(name: str, max_characters: int = MAX_CHARACTERS) -> str:
    """The name, shortened to so many characters."""
    return name if len(name) <= max_characters else f"{name[: max_characters - 1].rstrip()}…"


def _align(dot: Dot) -> str:
    return "left" if dot.x < 1 / 2 else "right"


def _box(dot: Dot, text: str, move: tuple[float, float], width: float, height: float) -> Box:
    x, y, length = dot.x * width + move[0], dot.y * height + move[1], CHARACTER * len(text)
    left = x if _align(dot) == "left" else x - length
    return Box(left, left + length, y - HEIGHT / 2, y + HEIGHT / 2)


def _covered(dots: list[Dot], index: int, text: str, move: tuple[float, float], height: float) -> int:
    """How many other dots the label would cover in the widest plot."""
    box = _box(dots[index], text, move, WIDE, height)
    boxes = (
        Box(d.x * WIDE - d.radius, d.x * WIDE + d.radius, d.y * height - d.radius, d.y * height + d.radius)
        for position, d in enumerate(dots)
        if position != index
    )
    return sum(box.meets(other) for other in boxes)
