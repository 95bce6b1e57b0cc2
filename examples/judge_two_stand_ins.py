"""Which of two stand-ins is better, wherever they come from? And would the judge see through a plain copy?"""

import understudy as us
from understudy.data.embedded import hotels_path

train, holdout = us.split(us.read(hotels_path()).take(slice(800)), seed=0)
stand_ins = {
    "trees": us.fit(train).sample(seed=1),
    "independent": us.fit(train, engine="independent").sample(seed=1),
    "a copy": train,
}

for name, fake in stand_ins.items():
    report = us.evaluate(train, fake, holdout=holdout, target="room_rate")
    scores = {each: report[each].value for each in ("fidelity.pairs", "utility.tstr", "privacy.copies")}
    print(f"{name}: {report.verdict.headline}")
    print("   ", ", ".join(f"{each} {value:.3f}" for each, value in scores.items() if value is not None))
