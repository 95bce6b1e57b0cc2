"""How do I get from a table to a stand-in that I can share, with the proof beside it?"""

import understudy as us
from understudy.data.embedded import hotels_path

real = us.read(hotels_path())  # your own: a file, a folder, a glob, or a frame of pandas, polars or arrow
train, holdout = us.split(real, seed=0)  # the holdout is for the judge alone

model = us.fit(train)
fake = model.sample(2_000, seed=7)
us.write(fake, "stand-in.csv")

report = us.evaluate(train, fake, holdout=holdout, target="room_rate")
report.save("report.html")

print(report.verdict)
print(
    f"column pairs: {report['fidelity.pairs'].value:.3f}, a second real sample: {report['fidelity.pairs'].ceiling:.3f}"
)
