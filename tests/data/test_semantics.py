import polars as pl
import pytest

from understudy.data.semantics import recognise

CARDS = ["4075084747483975747", "180072822063468", "38983476971380", "4969551998845740", "3558512986488983"]


def meaning(name: str, values: list[str]) -> str | None:
    found = recognise(name, pl.Series(name, values))
    return found.semantic if found else None


def luhn_numbers(length: int, count: int) -> list[str]:
    from understudy.data.semantics import luhn

    found = []
    for start in range(7, 7 + 37 * count, 37):
        body = str(start * 7919).rjust(length - 1, "4")
        found.append(next(body + str(check) for check in range(10) if luhn(body + str(check))))
    return found


@pytest.mark.parametrize(
    ("name", "values", "wanted"),
    [
        ("x", ["a@b.org", "m.sanders@shaw.net", "x+y@z.co.uk"], "email"),
        ("n", ["+1 (514) 721-4711", "+49 0711 2842222", "+55 (12) 3923-5555"], "phone"),
        ("n", ["555-123-4567", "555-987-6543", "(555) 222-3333"], "phone"),
        ("mobile_phone", ["0711234567", "0799999911", "0788121212"], "phone"),
        ("billing_address", ["49380 Rivers Street\nSpencerville, AK 68265", "1 Boyle Meadows\nX, TN 22994"], "address"),
        ("x", ["12 High Street, London", "7 Abbey Road, London", "9 Park Lane, Leeds"], "address"),
        ("Address", ["Theodor-Heuss-Straße 34", "1498 rue Bélanger", "Av. Faria Lima, 2170"], "address"),
        ("x", luhn_numbers(16, 30), "card"),
        ("credit_card_number", CARDS, "card"),
        ("k", ["7d444840-9dc0-11d1-b245-5ffdce74fad2", "6fa459ea-ee8a-3ca4-894e-db77e160355e"], "uuid"),
        ("k", ["https://example.org/a?b=c", "http://x.y"], "url"),
        ("k", ["192.168.0.1", "10.0.0.255", "8.8.8.8"], "ip"),
        ("k", ["2001:db8::1", "fe80::1ff:fe23:4567:890a"], "ip"),
        ("x", ["Anna Smith", "John Doe", "Maria Garcia", "David Kim", "Emma Brown"], "person_name"),
        ("FirstName", ["Luís", "Leonie", "Björn"], "first_name"),
        ("last_name", ["Gonçalves", "Köhler", "O'Brien"], "last_name"),
        ("patient_name", ["Xiu Ying Li", "Anna Smith", "Kwame Mensah", "Paul Roe", "Ivan Petrov"], "person_name"),
    ],
)
def test_personal_values_are_recognised(name: str, values: list[str], wanted: str) -> None:
    assert meaning(name, values) == wanted


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", ["7129300520", "6414100192", "5631500400"]),
        ("zipcode", ["98178", "98125", "98028"]),
        ("PostalCode", ["12227-000", "70174", "H2G 1A7"]),
        ("ssn", ["123-45-6789", "987-65-4321", "111-22-3333"]),
        ("lat", ["47.5112", "-122.257", "47.721"]),
        ("version", ["1.2.3", "4.5.6", "10.0.1"]),
        ("city", ["Paris", "Charlotte", "Stuttgart", "Oslo", "Brussels", "London", "Berlin"]),
        ("native_country", ["United-States", "Cuba", "Jamaica", "India", "Mexico"]),
        ("name", ["Endeavor Air Inc.", "American Airlines Inc.", "Alaska Airlines Inc."]),
        ("Name", ["AC/DC", "Accept", "Aerosmith", "Alanis Morissette", "Alice In Chains", "Apocalyptica"]),
        ("room_type", ["BASIC", "DELUXE", "SUITE"]),
        ("timestamp", [str(1_600_000_000_000 + 7919 * step) for step in range(50)]),
        ("review", ["I walked 5 miles on the road and it still looks great on me", "Love this dress!", "Too small"]),
        ("workclass", ["State-gov", "Private", "Self-emp-not-inc"]),
        ("Product ID", ["M14860", "L47181", "H29424"]),
        ("empty", []),
        ("blank", ["", " "]),
    ],
)
def test_ordinary_values_are_let_go(name: str, values: list[str]) -> None:
    assert meaning(name, values) is None


def test_cards_and_uuids_are_keys_and_urls_are_not_personal() -> None:
    card = recognise("card", CARDS)
    url = recognise("u", ["https://a.bc/d", "https://a.bc/e"])
    assert card is not None
    assert card.key
    assert card.personal
    assert url is not None
    assert not url.personal


def test_a_reason_shows_no_value() -> None:
    found = recognise("mail", ["secret@person.org", "other@person.org"])
    assert found is not None
    assert "secret" not in found.reason
