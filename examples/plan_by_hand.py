"""How do I decide what happens to each column, and keep the decision in a file?"""

import shutil
from pathlib import Path

import understudy as us
from understudy.data.embedded import hotels_path

shutil.copy(hotels_path(), "hotels.csv")
Path("plan.yaml").write_text("""\
data: hotels.csv            # as seen from this file
rows: 500
seed: 42
target: room_rate
output: stand-in.parquet    # in another format than the data
columns:                    # columns that are not named are treated as proposed
  billing_address: drop     # nobody needs it
  nationality:
    action: learn
    exempt: true            # rare values may come out
  booking_channel:
    action: learn
    schema: {kind: categorical}   # your word on what a column is wins
""")

run = us.run("plan.yaml", "out")  # the same as: understudy run plan.yaml --out out

print(run)
for role, path in run.files.items():
    print(f"{role:>8}: {path}")
for entry in run.report.ledger:
    print(f"{entry['column']}: {entry['what']}, {entry['text']}")
