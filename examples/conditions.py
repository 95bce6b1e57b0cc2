"""How do I ask for rows of a kind: only suites, only guests without a rewards card?"""

from collections import Counter

import understudy as us
from understudy.data.embedded import hotels_path

model = us.fit(hotels_path())

anyone = model.sample(1_000, seed=1).frame
suites = model.sample(1_000, given={"room_type": "SUITE", "has_rewards": "False"}, seed=1).frame


def mean_rate(frame) -> float:
    """Of all nights."""
    return frame["room_rate"].cast(float).mean()


print("room types of anyone:", dict(Counter(anyone["room_type"])))
print("room types asked for:", dict(Counter(suites["room_type"])))
print(f"mean room rate: {mean_rate(anyone):.0f} of anyone, {mean_rate(suites):.0f} in suites")  # the rest follows

try:
    model.sample(10, given={"room_type": "SWEET"})
except us.errors.ConditionError as error:
    print("and what the model has not seen is told:", error)
