"""Themes of people, machines, weather, travel and games: what such tables hold, and the rules they obey."""

import numpy as np
import polars as pl

from planted.planting import Planting

LANDS = "Germany|France|Japan|Italy|Korea|Spain|Sweden|Brazil"
col = pl.col


def houses(t: Planting) -> None:
    """Sales of houses: areas, places, years."""
    above = t.money("area_above|sqft_above|floor_area", 1500, 0.35, None)
    below = t.zeros("area_basement|sqft_basement|cellar", 500, 0.6)
    living = t.computed("sum", "area_living|sqft_living|living_space", col(above) + col(below), (above, below))
    t.flagged("has_basement|cellar_flag|basement", col(below) > 0, (below,), "basement above zero")
    price = t.money("price|sold_for|sale_price", 380_000, 0.5, None)
    t.computed("ratio", "price_per_area|unit_value|price_sqft", col(price) / col(living), (price, living), digits=2)
    built, sold = t.uniform("year_built|built", 1905, 2004), t.date("sold_on|sale_date|closed_on", 4)
    if t.may(0.7):
        t.computed("date and number", "age_at_sale|house_age", col(sold).dt.year().cast(pl.Int64) - col(built),
                   (sold, built), f"year({sold}) - {built}")  # fmt: skip
    changed = t.numbers("changed_usual", lambda draw, rows: draw.random(rows) < 0.3)
    t.hidden.add(changed)
    later = t.add("later_usual", lambda frame, draw: frame[built] + draw.integers(1, 20, frame.height))
    done = t.flagged("renovated|modernised", col(changed) == 1, (), "a coin") if t.may() else None
    if done is not None:
        t.rules.pop()
        t.sentinel("year_renovated|renovated_in", ~t.is_set(done), done, 0, later)
    t.hidden.add(later)
    code = t.category("zip|postcode|zip_code", [str(20_000 + 37 * place) for place in range(t.many(60))])
    town = t.dependent("city|town|place", code, t.places(24))
    t.dependent("county|province|district", town, t.places(8))
    if t.may():
        t.computed("unit change", "living_m2|area_m2", col(living) * 0.092903, (living,), digits=1)


def patients(t: Planting) -> None:
    """Stays in hospital: body measures, dates, wards."""
    weight, height = t.normal("weight|weight_kg", 76, 12, 1), t.normal("height|height_cm", 171, 9, 1)
    body = t.computed("ratio", "bmi|body_mass_index", col(weight) / (col(height) / 100) ** 2, (weight, height),
                      digits=1)  # fmt: skip
    t.banded("weight_class|bmi_class", body, [18.5, 25, 30], ["under", "normal", "over", "obese"])
    low = t.normal("diastolic|bp_low", 78, 9)
    high = t.add("systolic|bp_high", lambda frame, draw: frame[low] + draw.integers(0, 70, frame.height))
    t.ordered("order of numbers", high, low)
    if t.may():
        t.computed("difference", "pulse_pressure|bp_width", col(high) - col(low), (high, low))
    if t.may():
        t.computed("weighted sum", "mean_pressure|map", (col(high) + 2 * col(low)) / 3, (high, low), digits=1)
    warm = t.normal("temperature_c|temp", 37.1, 0.7, 1)
    t.computed("unit change", "temperature_f|temp_f", col(warm) * 1.8 + 32, (warm,), digits=2)
    sex = t.category("sex|gender", t.one([["F", "M"], ["female", "male"]]), [0.55, 0.45])
    born = t.count("births_usual", 1.6)
    t.nested("pregnancies|births|parity", col(sex) == t.levels[sex][1], sex, 0, born)
    came = t.date("admitted|admission|came_on")
    went = t.later("discharged|discharge|left_on", came, 25)
    if t.may(0.7):
        t.computed("date difference", "stay_days|length_of_stay|los", (col(went) - col(came)).dt.total_days(),
                   (went, came))  # fmt: skip
    ward = t.category("ward|unit", [f"{letter}{step}" for letter in "KLMN" for step in range(1, 4)])
    t.dependent("department|clinic", ward, t.some("surgery|medicine|eye|heart|skin"))
    if t.may():
        gone = t.numbers("gone", lambda draw, rows: draw.random(rows) < 0.3)
        names = (("sodium", 140, 3), ("potassium", 4.2, 0.4), ("urea", 5.5, 1.5))
        t.together([t.gapped(name, t.normal(f"{name}_usual", at, size, 1), gone) for name, at, size in names])


def sensors(t: Planting) -> None:
    """Readings: time and its parts, energy, extremes."""
    at = t.moment("time|timestamp|measured_at")
    for names, part in (
        ("hour|hour_of_day", col(at).dt.hour()), ("minute|minute_of_hour", col(at).dt.minute()),
        ("weekday|dow", col(at).dt.weekday()), ("month|month_no", col(at).dt.month()),
    ):  # fmt: skip
        if t.may(0.6):
            t.computed("part of a date", names, part.cast(pl.Int64), (at,))
    device = t.category("device|sensor|station", [f"dev{place:02d}" for place in range(t.many(12))])
    t.dependent("room|site|building", device, t.places(6))
    power = t.money("power|watts|load", 240, 0.5, 1)
    t.running("energy|energy_total|meter", power, device if t.may() else None, 1)
    cold = t.normal("t_min|low", 12, 4, 1)
    mean = t.above("t_mean|middle", cold, 3, 1)
    warm = t.above("t_max|high", mean, 4, 1)
    if t.may():
        t.computed("difference", "t_range|spread", col(warm) - col(cold), (warm, cold), digits=1)
    if t.may(0.6):
        t.computed("unit change", "t_mean_k|kelvin", col(mean) + 273.15, (mean,), digits=2)
    first = t.normal("rv1|random_a|probe_1", 25, 14, 3)
    if t.may(0.7):
        t.computed("copy", "rv2|random_b|probe_2", col(first), (first,))
    wet = t.uniform("humidity|rh", 20, 99, 1)
    limit, other = t.one([25, 30, 20]), t.one([60, 70, 80])
    t.flagged("alarm|warning", (col(warm) > limit) & (col(wet) > other), (warm, wet), f"above {limit} and {other}")
    if t.may():
        t.computed("rounding", "humidity_rounded|rh_whole", col(wet), (wet,), digits=0)


def flights(t: Planting) -> None:
    """Flights: clock times, delays, carriers."""
    hour, minute = t.uniform("hour|sched_hour", 5, 23), t.uniform("minute|sched_minute", 0, 59)
    clock = t.computed("weighted sum", "sched_time|sched_dep_time|planned", 100 * col(hour) + col(minute),
                       (hour, minute))  # fmt: skip
    if t.may():
        t.computed("integer division", "block|hour_block", col(clock) // 200, (clock,))
    if t.may():
        t.computed("modulo", "minutes_past_half|within_half_hour", col(minute) % 30, (minute,))
    miles, speed = t.money("distance|miles", 900, 0.5, None), t.normal("speed_usual", 430, 30)
    t.hidden.add(speed)
    air = t.add("air_time|minutes_in_air", lambda frame, draw: (frame[miles] * 60 / frame[speed] + 12).round(0)
                .cast(pl.Int64))  # fmt: skip
    t.computed("ratio", "speed_mph|mean_speed", 60 * col(miles) / col(air), (miles, air), digits=1)
    t.computed("unit change", "distance_km|km", 1.609344 * col(miles), (miles,), digits=1)
    carrier = t.category("carrier|airline_code", t.some("UA|AA|DL|B6|WN|AS|NK|F9|HA", 5))
    t.recoded("airline|carrier_name", carrier, [f"{name} Air" for name in t.places(9)])
    origin = t.category("origin|from_airport", t.some("JFK|LGA|EWR|BOS|ORD|SFO|LAX|SEA|MIA|DFW", 5))
    town = t.recoded("origin_city|from_city", origin, t.places(10))
    t.dependent("time_zone|zone", town, ["Eastern", "Central", "Pacific"])
    cancelled = t.flag("cancelled|not_flown", 0.12)
    late = t.normal("late_usual", 8, 25)
    delay = t.absent("dep_delay|departure_delay", t.is_set(cancelled), cancelled, late)
    more = t.normal("arrival_more", 0, 9)
    t.hidden.add(more)
    landed = t.add("arr_delay|arrival_delay", lambda frame, draw: frame[delay] + frame[more])
    if t.may(0.7):
        t.computed("difference", "gained|made_up", col(delay) - col(landed), (delay, landed))
    if t.may(0.7):
        t.flagged("is_late|delayed", col(landed) > 15, (landed,), "more than 15 minutes")


def survey(t: Planting) -> None:
    """Questionnaires: answers, scores, questions skipped."""
    if t.may():
        t.lines("household|household_no", "member|person_no", 4)
    else:
        t.key("respondent|case|case_no")
    items = [t.uniform(f"item_{place}|q{place}", 1, 5) for place in range(1, t.whole(4, 6))]
    t.computed("sum", "score|sum_score|scale_total", pl.sum_horizontal(*map(col, items)), items)
    if t.may():
        t.computed("mean", "mean_score|scale_mean", pl.mean_horizontal(*map(col, items)), items, digits=2)
    t.computed("weighted sum", "item_1_reversed|q1_turned", 6 - col(items[0]), items[:1])
    age = t.uniform("age|age_years", 16, 90)
    t.banded("age_group|age_band", age, [30, 45, 65], ["16-29", "30-44", "45-64", "65+"])
    if t.may():
        t.flagged("adult|of_age", col(age) >= 21, (age,), "21 or more")
    smokes = t.category("smokes|smoker", ["no", "yes", "formerly"])
    daily = t.count("daily_usual", 9, least=1)
    if t.may():
        t.absent("cigarettes|per_day", col(smokes) != "yes", smokes, daily)
    else:
        t.nested("cigarettes|per_day", col(smokes) == "no", smokes, 0, daily)
    level = t.category("education|schooling", t.some("none|primary|lower|upper|college|bachelor|master|doctor", 5))
    t.recoded("education_no|schooling_code", level)
    if t.may(0.7):
        t.one_hot("reached_by", t.some("mail|phone|web|home visit"))
    if t.may(0.6):
        region, kind = (
            t.category("region|state", t.places(5)),
            t.category("area_type|setting", ["city", "town", "land"]),
        )
        t.paired("stratum|sampling_cell|weight_class", region, kind, ["s1", "s2", "s3", "s4", "s5", "s6"])


def marks(t: Planting) -> None:
    """Marks of pupils: weighted means, passes, classes."""
    room = t.category("class|form|group", [f"{year}{letter}" for year in (5, 6, 7, 8) for letter in "abc"])
    year = t.mapped("dependency", "school_year|grade_level", room, {each: int(each[0]) for each in t.levels[room]})
    t.recoded("teacher|form_teacher", room, t.places(12))
    if t.may():
        t.computed("weighted sum", "expected_age|usual_age", col(year) + 6, (year,))
    tests = [
        t.uniform(f"{name}|{name}_points", 1, 100) for name in ("exam", "homework", "oral", "project")[: t.whole(2, 4)]
    ]
    shares = {2: (0.6, 0.4), 3: (0.5, 0.3, 0.2), 4: (0.4, 0.3, 0.2, 0.1)}[len(tests)]
    told = pl.sum_horizontal(*(share * col(name) for share, name in zip(shares, tests, strict=True)))
    said = " + ".join(f"{share} {name}" for share, name in zip(shares, tests, strict=True))
    final = t.computed("weighted sum", "final|final_mark|overall", told, tests, said, 1)
    limit = t.one([40, 50, 60])
    t.flagged("passed|pass", col(final) >= limit, (final,), f"{limit} or more")
    t.banded("letter|mark", final, [45, 55, 70], ["D", "C", "B", "A"])
    if t.may():
        t.computed("min and max", "best|best_result", pl.max_horizontal(*map(col, tests)), tests)
    if t.may():
        t.computed("min and max", "worst|weakest", pl.min_horizontal(*map(col, tests[:2])), tests[:2])
    t.computed("ratio", "exam_share|exam_ratio", col(tests[0]) / col(tests[1]), tests[:2], digits=3)


def telecom(t: Planting) -> None:
    """Contracts: services that rest on others, charges."""
    net = t.category("internet|internet_service", ["fibre", "cable", "no"], [0.45, 0.3, 0.25])
    fixed = t.one(["no internet", "none", "not offered"])
    for names in ("online_backup|backup", "streaming|tv", "support|help_desk")[: t.whole(1, 3)]:
        usual = t.category("answer_usual", ["yes", "no"])
        t.nested(names, col(net) == "no", net, fixed, usual)
    lines = t.category("lines_usual", ["one", "several"])
    phone = t.flag("phone|phone_service", 0.8)
    t.nested("lines|phone_lines", ~t.is_set(phone), phone, "no phone", lines)
    contract = t.category("contract|binding", ["month", "one year", "two years"])
    t.recoded("binding_months|contract_months", contract, [1, 12, 24])
    months, monthly = t.uniform("tenure|months", 1, 72), t.money("monthly|monthly_charge", 60, 0.4)
    total = t.computed("product", "total_charges|charged", col(months) * col(monthly), (months, monthly), digits=2)
    if t.may():
        t.computed("unit change", "total_cents|charged_cents", (100 * col(total)).round(0).cast(pl.Int64), (total,))
    if t.may(0.6):
        t.computed("integer division", "tenure_years|full_years", col(months) // 12, (months,))
    limit = t.one([12, 24, 36])
    t.flagged("loyal|long_term", col(months) >= limit, (months,), f"{limit} months or more")
    gone = t.flag("left|churned", 0.27)
    t.absent("reason_left|why", ~t.is_set(gone), gone, t.category("why_usual", ["price", "service", "moved", "rival"]))


def machines(t: Planting) -> None:
    """Machines: failures that follow from readings."""
    code = t.key("unit_no|product_id")
    del code
    turn, speed = t.normal("torque|torque_nm", 40, 9, 1), t.normal("speed|rpm", 1540, 170)
    power = t.computed("product", "power|power_w", col(turn) * col(speed) * 0.10472, (turn, speed), digits=0)
    wear = t.uniform("tool_wear|wear_min", 0, 250)
    strain, worn, hot = t.one([10_000, 11_000, 12_000]), t.one([200, 210, 220]), t.one([4000, 5000])
    air = t.normal("air_temp|ambient", 300, 2, 1)
    inner = t.above("process_temp|core_temp", air, 9, 1)
    gap = t.computed("difference", "temp_gap|warming", col(inner) - col(air), (inner, air), digits=1)
    one = t.flagged("wear_failure|twf", col(wear) >= worn, (wear,), f"wear of {worn} or more")
    two = t.flagged("power_failure|pwf", col(power) < hot, (power,), f"power below {hot}")
    flags = [one, two]
    if t.may():
        flags.append(
            t.flagged("heat_failure|hdf", (col(gap) < 2) & (col(speed) < 1500), (gap, speed), "small gap, slow")
        )
    if t.may():
        flags.append(
            t.flagged("strain_failure|osf", col(wear) * col(turn) > strain, (wear, turn), f"product > {strain}")
        )
    t.flagged(
        "failure|machine_failure|stopped", pl.any_horizontal(*map(t.is_set, flags)), flags, "any", "flag of flags"
    )
    kind = t.category("type|quality", ["L", "M", "H"], [0.6, 0.3, 0.1])
    t.recoded("type_code|quality_no", kind, [0, 1, 2])
    if t.may():
        t.computed("unit change", "air_temp_c|ambient_c", col(air) - 273.15, (air,), digits=2)


def stocks(t: Planting) -> None:
    """Prices of a day: high and low, changes, volume."""
    t.date("day|date|traded_on", 6)
    low = t.money("low|day_low", 60, 0.5)
    up = [t.uniform(f"up_{place}", 0, 3, 2) for place in range(2)]
    t.hidden.update(up)
    first = t.add("open|opening", lambda frame, draw: (frame[low] + frame[up[0]]).round(2))
    last = t.add("close|closing", lambda frame, draw: (frame[low] + frame[up[1]]).round(2))
    for name in (first, last):
        t.ordered("order of numbers", name, low)
    top = t.add(
        "high|day_high",
        lambda frame, draw: frame.select(
            (pl.max_horizontal(first, last) + np.round(draw.exponential(0.8, frame.height), 2)).round(2)
        ).to_series(),
    )
    most = pl.max_horizontal(first, last)
    t.hold(
        "order chain", (top, first, last), f"{first}, {last} <= {top}",
        lambda frame: frame.select((most <= col(top)).fill_null(value=True).alias("met")).to_series(),
    )  # fmt: skip
    if t.may(0.7):
        t.computed("copy", "adj_close|close_adjusted", col(last), (last,))
    move = t.computed("difference", "change|move", col(last) - col(first), (last, first), digits=2)
    t.computed("percentage", "change_pct|move_pct", 100 * col(move) / col(first), (move, first), digits=2)
    t.flagged("up|rose", col(move) > 0, (move,), "positive change")
    volume = t.money("volume|shares", 90_000, 0.8, None)
    if t.may(0.6):
        t.computed("product", "turnover|traded_value", col(volume) * col(last), (volume, last), digits=0)
    if t.may(0.6):
        t.running("volume_so_far|volume_cumulated", volume)
    if t.may():
        t.computed("mean", "typical|mid_price", (col(top) + col(low)) / 2, (top, low), digits=3)


def games(t: Planting) -> None:
    """Results of matches and of seasons."""
    team = t.category("team|club", t.places(t.many(24)))
    t.dependent("league|division", team, ["first", "second", "third", "fourth"])
    ground, manager = t.recoded("ground|stadium", team, t.places(24)), t.recoded("manager|coach", team)
    del ground, manager
    home, away = t.count("home_goals|goals_home", 1.6), t.count("away_goals|goals_away", 1.2)
    t.computed("sum", "goals|total_goals", col(home) + col(away), (home, away))
    gap = t.computed("difference", "goal_difference|margin", col(home) - col(away), (home, away))
    told = pl.when(col(gap) > 0).then(pl.lit("home")).when(col(gap) < 0).then(pl.lit("away")).otherwise(pl.lit("draw"))
    result = t.computed("band", "result|winner", told, (gap,), "sign of the difference")
    t.mapped("recode", "home_points|points", result, {"home": 3, "draw": 1, "away": 0})
    won, drawn, lost = (
        t.count(names, mean, least=1) for names, mean in (("wins|won", 9), ("draws|drawn", 6), ("losses|lost", 8))
    )
    played = t.computed("sum", "played|matches", col(won) + col(drawn) + col(lost), (won, drawn, lost))
    points = t.computed("weighted sum", "season_points|table_points", 3 * col(won) + col(drawn), (won, drawn))
    if t.may(0.6):
        t.computed("ratio", "points_per_match|ppm", col(points) / col(played), (points, played), digits=3)
    crowd = t.money("attendance|crowd", 14_000, 0.5, None)
    if t.may():
        t.computed("rounding", "attendance_hundreds|crowd_rounded", col(crowd), (crowd,), digits=-2)


def cars(t: Planting) -> None:
    """Cars: units of consumption, makes, drives."""
    model = t.category("model|type", [f"{name} {place}" for place, name in enumerate(t.places(t.many(36)))])
    make = t.dependent("make|brand", model, t.places(14))
    t.dependent("make_country|built_in", make, t.some(LANDS, 4))
    fuel = t.category("fuel|drive", ["petrol", "diesel", "electric"], [0.5, 0.3, 0.2])
    size = t.normal("size_usual", 1900, 400)
    t.nested("displacement|engine_cc", col(fuel) == "electric", fuel, 0, size)
    if t.may():
        t.nested("cylinders|cyl", col(fuel) == "electric", fuel, 0, t.category("cyl_usual", [3, 4, 6, 8]))
    far = t.normal("mpg|miles_per_gallon", 31, 6, 1)
    t.computed("ratio", "litres_per_100km|consumption", 235.215 / col(far), (far,), digits=2)
    horses = t.normal("horsepower|hp", 140, 30)
    t.computed("unit change", "kilowatts|kw", 0.7457 * col(horses), (horses,), digits=1)
    empty = t.normal("kerb_weight|empty_weight", 1400, 190)
    full = t.above("gross_weight|max_weight", empty, 350)
    if t.may(0.7):
        t.computed("difference", "payload|load_limit", col(full) - col(empty), (full, empty))
    first = t.date("first_registered|registered", 8)
    if t.may():
        t.computed("part of a date", "model_year|year", col(first).dt.year().cast(pl.Int64), (first,))
    if t.may():
        t.computed("copy", "power_registered|hp_papers", col(horses), (horses,))
    price, count = t.money("list_price|new_price", 26_000, 0.4, None), t.uniform("used_share|value_left", 0.2, 0.95, 2)
    t.computed("product", "used_price|asking", col(price) * col(count), (price, count), digits=0)


def parcels(t: Planting) -> None:
    """Deliveries: volumes, hours, states."""
    long, wide, high = (t.uniform(names, 5, 90) for names in ("length|length_cm", "width|width_cm", "height|height_cm"))
    volume = t.computed("product", "volume|volume_cm3", col(long) * col(wide) * col(high), (long, wide, high))
    light = t.computed("unit change", "volume_weight|dim_weight", col(volume) / 5000, (volume,), digits=1)
    weight = t.money("weight|weight_kg", 20, 0.7, 1)
    billed = t.computed("min and max", "chargeable|billed_weight", pl.max_horizontal(light, weight), (light, weight))
    cost, base = t.between(0.4, 2.2), t.between(3, 9)
    t.computed("intercept", "postage|fee", base + cost * col(billed), (billed,), digits=2)
    sent = t.moment("picked_up|sent_at", 90)
    arrived = t.later("delivered_at|arrived_at", sent, 120, "hours", 1)
    t.computed("date difference", "hours|hours_on_way", (col(arrived) - col(sent)).dt.total_hours(), (arrived, sent))
    depot = t.category("depot|hub", t.places(t.many(18)))
    region = t.dependent("region|zone", depot, ["N", "S", "E", "W", "M"])
    express = t.category("service|speed", ["normal", "express", "economy"])
    t.paired("price_zone|tariff_zone", region, express, [1, 2, 3, 4])
    state = t.category("state|status", ["delivered", "returned", "on the way"], [0.7, 0.12, 0.18])
    t.absent(
        "signed_by|signature", col(state) != "delivered", state, t.category("who", ["self", "neighbour", "office"])
    )
    gone = t.numbers("gone", lambda draw, rows: draw.random(rows) < 0.35)
    fields = [t.gapped(names, t.money(f"{names}_usual", 80), gone) for names in ("customs_value", "duty")]
    t.together(fields)
