"""Write hotels.csv: 2 000 stays of guests of a hotel that does not exist.

`python -m understudy.data.embedded.make_hotels` writes the same bytes on every machine: all randomness is the raw
stream of a Philox bit generator, which numpy keeps stable, turned into choices by arithmetic of our own.

What depends on what, so that a stand-in can be told good from bad:

- nationality -> booking channel, nights (guests from afar stay longer)
- channel -> rewards, weekday of the check-in (companies book Sunday to Wednesday, others Thursday to Saturday), nights
- rewards, channel -> room type
- room type, season, weekend, channel -> room rate (noise of about 6 %)
- room type, rewards, nights -> amenities fee: missing, exactly 0, or skewed
- nights -> checkout date, missing for guests still in the house on the last day and for open-ended stays
"""

import csv
import datetime as dt
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from understudy.data.embedded import hotels_path

SEED = 20_201_227
ROWS = 2_000
RARE = 3
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FIRST_DAY, LAST_DAY = dt.date(2020, 1, 1), dt.date(2021, 12, 31)
Choice = TypeVar("Choice")

HEADER = (
    "guest_email", "has_rewards", "room_type", "amenities_fee", "checkin_date", "checkout_date", "room_rate",
    "billing_address", "credit_card_number", "nationality", "booking_channel",
)  # fmt: skip
FIRST = (
    "alma", "anton", "bela", "bruno", "carla", "cedric", "dana", "dario", "edda", "elias", "fiona", "florian",
    "greta", "gustav", "hanna", "henrik", "ida", "ilyas", "jana", "jonas", "karin", "kaspar", "lena", "luca",
    "mara", "milan", "nadia", "nils", "olga", "oscar", "paula", "pavel", "quinn", "rafael", "rosa", "samuel",
    "sofia", "tara", "theo", "ursula", "viktor", "wanda", "xenia", "yusuf", "zoe",
)  # fmt: skip
LAST = (
    "ashdown", "barlow", "castell", "dunmore", "eastley", "farrow", "garland", "hartwell", "ingram", "jessop",
    "kestrel", "langley", "merrow", "norwood", "oakes", "penrose", "quimby", "ravenel", "selwyn", "thornby",
    "underhill", "vance", "westlake", "yardley", "zeller", "birchall", "corwin", "delmont", "ellery", "fenwick",
)  # fmt: skip
HOSTS = ("meadow", "harbour", "granite", "orchard", "lantern", "willow", "beacon", "juniper")
STREETS = ("Maple", "Chestnut", "River", "Station", "Garden", "Mill", "Church", "Sunset", "Lake", "Orchard", "Hillside")
WAYS = ("Street", "Avenue", "Road", "Lane", "Drive", "Court")
CITIES = {
    "MA": ("Ashby Falls", "Cedarport"), "CA": ("Lindenville", "Port Marlow"), "TX": ("Dry Creek", "Fort Ellis"),
    "NY": ("Harrowgate", "Stonebridge"), "IL": ("Prairie View", "Elmstead"), "WA": ("Mossy Bay", "Northhaven"),
}  # fmt: skip
ZIPS = {"MA": 1000, "CA": 90000, "TX": 75000, "NY": 10000, "IL": 60000, "WA": 98000}
NATIONS = {
    "United States": 46, "Canada": 9, "United Kingdom": 8, "Germany": 7, "Mexico": 6, "France": 5, "Japan": 5,
    "China": 4, "Brazil": 3, "India": 3, "Australia": 2,
}  # fmt: skip
RARE_NATION = "Iceland"
NEAR = {"United States", "Canada", "Mexico"}
CHANNELS = {
    "near": {"website": 40, "agency": 15, "company": 30, "phone": 15},
    "far": {"website": 38, "agency": 45, "company": 14, "phone": 3},
}
LOYAL = {"website": 0.42, "agency": 0.10, "company": 0.55, "phone": 0.20}
ROOMS = {False: {"BASIC": 74, "DELUXE": 21, "SUITE": 5}, True: {"BASIC": 38, "DELUXE": 42, "SUITE": 20}}
NIGHTS = {"website": 2.6, "agency": 4.2, "company": 1.8, "phone": 2.4}
RATES = {"BASIC": 112.0, "DELUXE": 205.0, "SUITE": 370.0}
DISCOUNTS = {"website": 1.0, "agency": 1.08, "company": 0.85, "phone": 1.04}
SEASON = {6: 1.15, 7: 1.3, 8: 1.28, 9: 1.1, 12: 1.2, 1: 0.88, 2: 0.86}
NO_FEE = {"BASIC": 0.55, "DELUXE": 0.32, "SUITE": 0.15}
FEES = {"BASIC": 18.0, "DELUXE": 34.0, "SUITE": 61.0}
CARDS = (("4", 16, 40), ("4", 19, 14), ("4", 13, 6), ("5", 16, 25), ("37", 15, 10), ("36", 14, 5))


class Dice:
    """Uniform numbers from a raw bit stream, and what is made of them."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.Philox(key=seed)

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return (int(self._bits.random_raw()) >> 11) * 2.0**-53

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.uniform() * (high - low + 1))

    def one(self, items: Sequence[Choice]) -> Choice:
        """One of the items, all alike."""
        return items[self.whole(0, len(items) - 1)]

    def weighted(self, items: Mapping[Choice, float]) -> Choice:
        """One of the items, by weight."""
        left = self.uniform() * sum(items.values())
        for item, weight in items.items():
            left -= weight
            if left < 0:
                return item
        return next(reversed(list(items)))

    def bell(self) -> float:
        """A number of mean 0 and variance 1 (the sum of twelve uniform ones, less six)."""
        return sum(self.uniform() for _ in range(12)) - 6.0

    def waiting(self, mean: float) -> float:
        """An exponential number with this mean."""
        return -mean * math.log1p(-self.uniform())


def rows() -> Iterator[tuple[str, ...]]:
    """The stays, one tuple of cells each, in the order of HEADER."""
    dice = Dice(SEED)
    rare = set()
    while len(rare) < RARE:
        rare.add(dice.whole(0, ROWS - 1))
    taken: set[str] = set()
    for number in range(ROWS):
        nation = RARE_NATION if number in rare else dice.weighted(NATIONS)
        yield _stay(nation, _email(dice, taken), dice)


def _stay(nation: str, email: str, dice: Dice) -> tuple[str, ...]:
    channel = dice.weighted(CHANNELS["near" if nation in NEAR else "far"])
    loyal = dice.uniform() < LOYAL[channel]
    room = dice.weighted({kind: weight * _taste(kind, channel) for kind, weight in ROOMS[loyal].items()})
    arrival = _arrival(channel, dice)
    nights = 1 + min(20, int(dice.waiting(NIGHTS[channel] * (0.7 if nation in NEAR else 1.25))))
    departure = arrival + dt.timedelta(days=nights)
    staying = departure > LAST_DAY or dice.uniform() < (0.07 if room == "SUITE" else 0.03)
    return (
        email,
        str(loyal),
        room,
        _fee(room, loyal, nights, dice),
        written(arrival),
        "" if staying else written(departure),
        f"{_rate(room, channel, arrival, dice):.2f}",
        _address(dice),
        _card(dice),
        nation,
        channel,
    )


def _taste(room: str, channel: str) -> float:
    return 1.6 if channel == "company" and room == "DELUXE" else 1.0


def written(day: dt.date) -> str:
    """A date as the table writes it.

    >>> written(dt.date(2020, 12, 27))
    '27 Dec 2020'
    """
    return f"{day.day:02d} {MONTHS[day.month - 1]} {day.year}"


def _arrival(channel: str, dice: Dice) -> dt.date:
    """A day that the season and the channel's week make likely."""
    busy = {6, 0, 1, 2} if channel == "company" else {3, 4, 5}
    while True:
        day = FIRST_DAY + dt.timedelta(days=dice.whole(0, (LAST_DAY - FIRST_DAY).days))
        likely = SEASON.get(day.month, 1.0) / 1.3 * (1.0 if day.weekday() in busy else 0.35)
        if dice.uniform() < likely:
            return day


def _rate(room: str, channel: str, arrival: dt.date, dice: Dice) -> float:
    weekend = 1.12 if arrival.weekday() in {4, 5} else 1.0
    listed = RATES[room] * SEASON.get(arrival.month, 1.0) * weekend * DISCOUNTS[channel]
    return listed * (1.0 + 0.06 * max(-2.5, min(2.5, dice.bell())))


def _fee(room: str, loyal: bool, nights: int, dice: Dice) -> str:
    """Missing where nothing was booked, 0 where it was free, else skewed and longer for longer stays."""
    if dice.uniform() < (0.12 if room == "BASIC" and not loyal else 0.03):
        return ""
    if dice.uniform() < NO_FEE[room] + (0.2 if loyal else 0.0):
        return "0.0"
    return str(round(4.0 + dice.waiting(FEES[room]) * (0.6 + 0.2 * nights), 2))


def _email(dice: Dice, taken: set[str]) -> str:
    """An address that no other guest has, at hosts under .example, which lead nowhere (RFC 2606)."""
    while True:
        first, last, host = dice.one(FIRST), dice.one(LAST), dice.one(HOSTS)
        local = (f"{first}.{last}", f"{first}{dice.whole(10, 99)}", f"{first[0]}{last}")[dice.whole(0, 2)]
        address = f"{local}@{host}.example"
        if address not in taken:
            taken.add(address)
            return address


def _address(dice: Dice) -> str:
    state = dice.one(tuple(CITIES))
    flat = f" Apt. {dice.whole(100, 999)}" if dice.uniform() < 0.25 else ""
    street = f"{dice.whole(100, 99999)} {dice.one(STREETS)} {dice.one(WAYS)}{flat}"
    return f"{street}\n{dice.one(CITIES[state])}, {state} {ZIPS[state] + dice.whole(1, 999):05d}"


def _card(dice: Dice) -> str:
    prefix, length, _ = dice.weighted({card: float(card[2]) for card in CARDS})
    body = prefix + "".join(str(dice.whole(0, 9)) for _ in range(length - len(prefix) - 1))
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[::-2])
    return body + str(-(doubled + sum(int(digit) for digit in body[-2::-2])) % 10)


def text() -> str:
    """The whole file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows())
    return out.getvalue()


def main(path: Path | None = None) -> None:
    """Write hotels.csv, beside this script unless told otherwise."""
    (hotels_path() if path is None else path).write_bytes(text().encode("ascii"))


if __name__ == "__main__":
    main()
