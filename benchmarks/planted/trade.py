"""Themes of trade and money: what such tables hold, and the rules they obey."""

import polars as pl

from planted.planting import Planting

PRODUCTS = "lamp|chair|table|shelf|mirror|carpet|vase|clock|sofa|stool|bench|frame|basket|curtain|pillow|candle"
SUBJECTS = "north|south|east|west|centre|coast|lakes|hills"
col = pl.col


def orders(t: Planting) -> None:
    """Lines of orders: amounts, tax, delivery."""
    if t.may(0.7):
        t.lines("order|order_no|sale_id", "line|line_no|position")
    product = t.category("product|article|item", t.some(PRODUCTS, 8, t.many(16)))
    group = t.dependent("category|department|product_group", product, t.some("living|kitchen|garden|office|bath"))
    if t.may():
        t.recoded("category_code|group_no", group)
    if t.may(0.4):
        t.one_hot("paid_by", t.some("card|cash|invoice|voucher"))
    count = t.count("quantity|qty|units", 4, least=1)
    price = t.money("unit_price|price|list_price", 30)
    gross = t.computed("product", "gross|line_amount|subtotal", col(count) * col(price), (count, price), digits=2)
    discount = t.zeros("discount|rebate|voucher", 3, 0.6, 2)
    net = t.computed("difference", "net|amount_due|net_amount", col(gross) - col(discount), (gross, discount), digits=2)
    rate = t.between(0.05, 0.24, 3)
    if t.may(0.6):
        tax = t.computed("percentage", "tax|vat|sales_tax", rate * col(net), (net,), digits=2)
        shipping = t.money("shipping|freight|delivery_fee", 6)
        parts = (net, tax, shipping)
        t.computed("sum", "total|grand_total|to_pay", pl.sum_horizontal(*map(col, parts)), parts, digits=2)
    if t.may():
        t.flagged("is_large|bulk|wholesale", col(count) >= t.whole(6, 9), (count,), "quantity at or above a limit")
    ordered = t.date("order_date|ordered|purchase_date")
    sent = t.later("ship_date|shipped|sent_on", ordered, t.whole(6, 20))
    if t.may():
        t.computed("date difference", "days_to_ship|lead_days|handling_days",
                   (col(sent) - col(ordered)).dt.total_days(), (sent, ordered))  # fmt: skip


def loans(t: Planting) -> None:
    """Loans: grades, instalments, applicants."""
    t.key("loan_id|contract|account_no")
    sub = t.category("sub_grade|risk_class", [f"{letter}{step}" for letter in "ABCD" for step in (1, 2, 3)])
    grade = t.mapped("dependency", "grade|risk_grade", sub, {level: level[0] for level in t.levels[sub]})
    if t.may():
        t.recoded("grade_code|risk_no", grade, [1, 2, 3, 4])
    principal = t.money("principal|loan_amount|capital", 9000, digits=0)
    interest = t.money("interest|interest_paid", 1400)
    total = t.computed("sum", "total_paid|repaid|sum_paid", col(principal) + col(interest), (principal, interest),
                       digits=2)  # fmt: skip
    term = t.category("term|months|duration", [12, 24, 36, 48, 60])
    if t.may():
        t.computed("unit change", "term_years|years", col(term) / 12, (term,))
    if t.may(0.6):
        t.computed("ratio", "instalment|monthly_payment|rate_per_month", col(total) / col(term), (total, term),
                   digits=2)  # fmt: skip
    income = t.money("income|annual_income|salary", 42_000, digits=0)
    if t.may():
        t.computed("percentage", "loan_to_income|lti_pct|burden", 100 * col(principal) / col(income),
                   (principal, income), digits=1)  # fmt: skip
    previous = t.numbers("previous_contacts|earlier_loans|previous", lambda draw, rows: draw.poisson(1.1, rows))
    days = t.uniform("days_usual", 1, 400)
    t.sentinel("days_since_previous|pdays|days_since_contact", col(previous) == 0, previous, t.one([999, -1, 9999]),
               days)  # fmt: skip
    if t.may():
        gone = t.numbers("gone", lambda draw, rows: draw.random(rows) < 0.4)
        ages = t.gapped("co_age|co_applicant_age", t.uniform("age_usual", 18, 80), gone)
        incomes = t.gapped("co_income|co_applicant_income", t.money("income_usual", 30_000), gone)
        t.together((ages, incomes))
    if t.may():
        t.flagged("high_risk|watch|manual_check", (col(grade) == "D") | (col(income) < 20_000), (grade, income),
                  "grade is D or income below 20 000")  # fmt: skip


def payroll(t: Planting) -> None:
    """Pay slips: parts of pay, running totals, service."""
    person = t.category("employee|staff_no|worker", [str(1000 + 7 * place) for place in range(t.many(40))])
    grade = t.category("pay_grade|scale|band", t.some("P1|P2|P3|P4|P5|P6", 4))
    rate = t.mapped("dependency", "hourly_rate|rate|wage", grade,
                    {level: t.between(14, 60) for level in t.levels[grade]})  # fmt: skip
    hours = t.normal("hours|hours_worked", 40, 6, 1)
    base = t.computed("product", "base_pay|basic|regular_pay", col(hours) * col(rate), (hours, rate), digits=2)
    limit = t.one([38, 40, 42])
    if t.may():
        t.computed("min and max", "overtime_hours|extra_hours", pl.max_horizontal(col(hours) - limit, pl.lit(0.0)),
                   (hours,), f"max({hours} - {limit}, 0)", digits=1)  # fmt: skip
    bonus = t.zeros("bonus|premium|allowance", 200, 0.55, 2)
    gross = t.computed("sum", "gross_pay|gross|earnings", col(base) + col(bonus), (base, bonus), digits=2)
    if t.may(0.7):
        share = t.between(0.11, 0.33, 3)
        deduction = t.computed("percentage", "deductions|withheld|levy", share * col(gross), (gross,), digits=2)
        t.computed("difference", "net_pay|net|take_home", col(gross) - col(deduction), (gross, deduction), digits=2)
    if t.may(0.6):
        t.running("paid_so_far|year_to_date|ytd_gross", gross, person)
    hired = t.date("hired|hire_date|joined", 9)
    left = t.later("reviewed_on|last_review|checked_on", hired, 900)
    if t.may(0.6):
        t.computed("part of a date", "hire_year|year_joined", col(hired).dt.year().cast(pl.Int64), (hired,))
    if t.may():
        t.computed("date difference", "service_days|tenure_days", (col(left) - col(hired)).dt.total_days(),
                   (left, hired))  # fmt: skip
    if t.may():
        t.computed("copy", "cost_basis|booked_gross|gross_booked", col(gross), (gross,))


def hotel(t: Planting) -> None:
    """Bookings: guests, nights, dates, agents."""
    adults = t.count("adults|grown_ups", 1.5, least=1)
    children = t.count("children|kids", 0.6)
    t.computed("sum", "guests|persons|party_size", col(adults) + col(children), (adults, children))
    week, weekend = t.count("week_nights|nights_week", 2.5, least=1), t.count("weekend_nights|nights_weekend", 0.9)
    nights = t.computed("sum", "nights|stay|total_nights", col(week) + col(weekend), (week, weekend))
    rate = t.money("room_rate|adr|nightly_rate", 95, 0.4)
    t.computed("product", "room_total|room_revenue|lodging", col(nights) * col(rate), (nights, rate), digits=2)
    land = t.category("country|origin|nationality", t.some("PRT|GBR|FRA|ESP|DEU|ITA|USA|BRA|CHN|JPN|ARG|CAN", 6))
    region = t.dependent("continent|market|region", land, ["Europe", "America", "Asia", "Other"])
    if t.may():
        t.recoded("region_id|market_no", region)
    arrival = t.date("arrival|check_in|arrival_date", 2)
    if t.may(0.7):
        t.computed("date sum", "departure|check_out|leaving", col(arrival) + pl.duration(days=col(nights)),
                   (arrival, nights), f"{arrival} + {nights}")  # fmt: skip
    if t.may(0.7):
        t.computed("part of a date", "arrival_month|month", col(arrival).dt.month().cast(pl.Int64), (arrival,))
    if t.may(0.7):
        t.computed("part of a date", "arrival_day|day_of_month", col(arrival).dt.day().cast(pl.Int64), (arrival,))
    if t.may(0.6):
        t.one_hot("meals", t.some("none|breakfast|half board|full board"))
    usual = t.category("deposit_usual", ["none", "refundable", "full"])
    channel = t.category("channel|booked_by", ["direct", "agency", "corporate"])
    t.nested("deposit|deposit_type", col(channel) == "corporate", channel, "none", usual)
    if t.may():
        gone = t.numbers("gone", lambda draw, rows: draw.random(rows) < 0.45)
        agent = t.gapped("agent|agent_no", t.uniform("agent_usual", 1, 300), gone)
        firm = t.gapped("company|company_no", t.uniform("company_usual", 1, 300), gone, present=True)
        t.either(agent, firm)


def ledger(t: Planting) -> None:
    """Movements of accounts: debit or credit, balances, periods."""
    if t.may(0.6):
        t.lines("statement|statement_no", "entry|entry_no", 9)
    account = t.category("account|account_no", [f"AC{100 + 3 * place}" for place in range(t.many(20))])
    branch = t.dependent("branch|office", account, t.places(6))
    if t.may(0.6):
        t.dependent("district|area", branch, t.some(SUBJECTS))
    sign = t.numbers("gone", lambda draw, rows: draw.random(rows) < 0.5)
    value = t.money("value_usual", 250)
    t.hidden.update((sign, value))
    debit, credit = t.gapped("debit|paid_out", value, sign), t.gapped("credit|paid_in", value, sign, present=True)
    t.either(debit, credit)
    amount = t.computed("sum with gaps", "amount|movement|signed_amount",
                        (col(credit).fill_null(0.0) - col(debit).fill_null(0.0)), (credit, debit),
                        "credit, or less debit", digits=2)  # fmt: skip
    if t.may(0.7):
        by = account if t.may() else None
        t.running("balance|running_balance|position_after", amount, by)
    booked = t.date("booked|booking_date|posted")
    t.later("value_date|valuta|effective", booked, 5)
    parts = (("year", col(booked).dt.year()), ("quarter", col(booked).dt.quarter()),
             ("weekday|day_of_week", col(booked).dt.weekday()))  # fmt: skip
    for names, part in parts:
        if t.may(0.6):
            t.computed("part of a date", f"{names}|booking_{names.split('|')[0]}", part.cast(pl.Int64), (booked,))
    if t.may():
        size = t.computed("absolute value", "size|absolute_amount", col(amount).abs(), (amount,))
        t.banded("size_band|volume_class", size, [100, 500], ["small", "medium", "large"])


def inventory(t: Planting) -> None:
    """Stock of shops: what came, what went, boxes."""
    article = t.category("sku|article_no|item_code", [f"S-{200 + 11 * place}" for place in range(t.many(60))])
    supplier = t.dependent("supplier|vendor|maker", article, t.places(12))
    t.dependent("supplier_region|vendor_region", supplier, t.some(SUBJECTS))
    opening, received = t.count("opening|opening_stock|on_hand", 80), t.zeros("received|delivered|inbound", 40, 0.4)
    sold = t.count("sold|issued|outbound", 30)
    closing = t.computed("weighted sum", "closing|closing_stock|left_over", col(opening) + col(received) - col(sold),
                         (opening, received, sold))  # fmt: skip
    box = t.one([6, 8, 12, 24])
    if t.may(0.7):
        t.computed("integer division", "full_boxes|boxes|cases", col(opening) // box, (opening,))
    if t.may(0.9):
        t.computed("modulo", "loose|loose_units|rest", col(opening) % box, (opening,))
    limit = t.one([20, 40, 50, 60])
    reorder = t.flagged("reorder|to_order|low_stock", col(closing) < limit, (closing,), f"closing below {limit}")
    blocked = t.flag("blocked|on_hold", 0.25)
    if t.may():
        t.flagged("alert|attention", t.is_set(reorder) | t.is_set(blocked), (reorder, blocked), "either flag",
                  "flag of flags")  # fmt: skip
    cost = t.money("cost|unit_cost|buying_price", 12)
    factor = t.between(1.2, 1.9)
    price = t.computed("percentage", "shelf_price|sale_price|retail", factor * col(cost), (cost,), digits=2)
    t.computed("difference", "margin|markup|profit", col(price) - col(cost), (price, cost), digits=2)


def bills(t: Planting) -> None:
    """Bills for power or water: readings, tariffs, fees."""
    tariff = t.category("tariff|plan|contract", t.some("home|home plus|night|green|business|farm", 4))
    unit = t.mapped("dependency", "unit_price|price_per_kwh|rate", tariff,
                    {level: t.between(0.11, 0.48, 4) for level in t.levels[tariff]})  # fmt: skip
    before = t.uniform("reading_before|previous_reading", 1000, 60_000)
    used = t.count("used_usual", 240)
    t.hidden.add(used)
    now = t.add("reading_now|current_reading", lambda frame, draw: frame[before] + frame[used])
    usage = t.computed("difference", "consumption|usage|units_used", col(now) - col(before), (now, before))
    fee = t.between(3, 19)
    cost = t.computed("product with intercept", "charge|energy_cost|amount", col(usage) * col(unit) + fee,
                      (usage, unit), digits=2)  # fmt: skip
    rate = t.between(0.06, 0.22, 3)
    tax = t.computed("percentage", "tax|levy", rate * col(cost), (cost,), digits=2)
    total = t.computed("sum", "total|to_pay|invoice", col(cost) + col(tax), (cost, tax), digits=2)
    issued = t.date("issued|invoice_date|billed_on")
    days = t.one([14, 21, 30])
    if t.may(0.7):
        t.computed("date sum", "due|due_date|pay_by", col(issued) + pl.duration(days=days), (issued,),
                   f"{issued} + {days}")  # fmt: skip
    if t.may():
        t.banded("usage_class|demand", usage, [100, 300], ["low", "usual", "high"])
    if t.may():
        t.computed("rounding", "total_rounded|invoice_rounded", col(total), (total,), digits=0)
    paid = t.flag("paid|settled", 0.7)
    lag = t.uniform("lag_usual", 0, 90)
    t.absent("days_until_paid|payment_lag", ~t.is_set(paid), paid, lag)
