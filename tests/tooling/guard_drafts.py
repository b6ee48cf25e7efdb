"""Makes the test set of the guard: ``python tests/tooling/guard_drafts.py``.

From the sentences in ``tests/data/guard/german.txt`` and ``english.txt``, filled twice where they have
slots, and from made-up people it writes ``base.json`` (whom the company knows) and ``drafts.jsonl`` (drafts
with what a guard has to mark). Both are kept as they are: they were made before the guard was.
"""

import json
import random
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "data" / "guard"
FILLS = 2
UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "ç": "c", "ø": "o", "ñ": "n"}

GERMAN = {
    "f": "Anna Birgit Carla Dorothea Emine Franziska Greta Hannelore Ines Jutta Katharina Lena "
    "Margarete Nadja Olga Petra Rosa Sabine Theresa Ursula Aylin Beate",
    "m": "Alexander Bernd Christian Dieter Ernst Frank Günter Holger Ingo Jonas Karl Lukas Matthias "
    "Norbert Oskar Paul Rainer Stefan Torsten Uwe Mehmet Wolf",
    "last": "Müller Schmidt Schneider Fischer Meyer Wagner Becker Schulz Hoffmann Koch Bäcker Lang "
    "Kurz Klein Groß Schwarz Weiß Braun König Kaiser Winter Sommer Engel Vogel Wolf Fuchs Stein Berg "
    "Brand Wald Jung Rat Özdemir Y\u0131lmaz Nowak Krüger Schröder Köhler Lüdenscheid Zimmermann Hartmann "
    "Petersen Jürgens Brinkhoff Vossberg Tiedemann Rautenberg Haselhorst Weidenfeller Kleinschmidt "
    "Obermayer Dinkelbach Grünewald Stark Sturm Weber Post Kowalczyk Abendroth Sievers",
    "double": ["Meyer-Rautenberg", "Groß-Bölting", "von der Heide", "van Laak"],
    "street": "Linden Garten Birken Ahorn Mühlen Wald Berg Kirch Schul Bach Rosen Eichen Feld",
    "city": "Hamburg Bremen Köln Dresden Leipzig Münster Rostock Kassel Augsburg Freiburg Erfurt Kiel",
    "country": "Österreich Polen Norwegen Italien Spanien Dänemark Kanada Japan",
    "time": ["9 Uhr", "14:30 Uhr", "8:15 Uhr", "17 Uhr", "10:00 Uhr", "12.45 Uhr"],
    "date": ["12.03.2026", "3. Mai", "24.12.", "01.10.2025", "7. Juni 2026", "15. August"],
    "price": ["49,90 €", "1.299,00 Euro", "20 Euro", "€ 12,50", "350 €", "99,- €", "4.250 EUR"],
    "law": [
        "§ 312g BGB",
        "§ 7 UWG",
        "Art. 17 DSGVO",
        "§ 355 Abs. 2 BGB",
        "Artikel 6 DSGVO",
        "§ 433 BGB",
    ],
    "carrier": "DHL Hermes DPD GLS",
    "payment": ["PayPal", "Kreditkarte", "Lastschrift", "Klarna"],
    "voucher": ["HERBST24", "DANKE10", "SOMMER-2026", "NORD5"],
    "stranger": ["Ottilie Sandvoss", "Gerwin Palluch", "Hedda Mommsen", "Ruprecht Eickhoff"],
    "staff": [
        ("Jana", "Thormählen", "f"),
        ("Sven", "Cordes", "m"),
        ("Jutta", "Weber", "f"),
        ("Thomas", "Ziegenhals", "m"),
        ("Anna", "Lichtenfeld", "f"),
        ("Fatma", "Demirtas", "f"),
    ],
    "company": [
        "Hansen Maschinenbau GmbH",
        "Autohaus Brinkmeier KG",
        "Bäckerei Kornkraft e. K.",
        "Praxis am Deich GbR",
        "Tischlerei Holzwurm & Söhne GmbH",
        "Elbwerk Technik AG",
        "Gasthof Goldener Hirsch GmbH",
        "Druckhaus Sonnenberg GmbH & Co. KG",
    ],
    "own": "Nordlicht Versand",
    "brand": ["Nordlicht", "PolarFox", "Lumio 300"],
    "competitor": ["Südstern", "Paketkönig", "Lichtwerk Online"],
    "ownphone": "040 66969100",
    "ownemail": "hilfe@nordlicht.example",
    "ownstreet": "Hafenstraße 1",
    "ownzip": "20457",
    "forms": {
        "herr": ("Herr", "Frau"),
        "herrn": ("Herrn", "Frau"),
        "hr": ("Hr.", "Fr."),
        "lieber": ("Lieber Herr", "Liebe Frau"),
        "geehrter": ("Sehr geehrter Herr", "Sehr geehrte Frau"),
    },
}
ENGLISH = {
    "f": "Alice Beatrice Charlotte Deborah Eleanor Fiona Grace Harriet Imogen Jessica Katherine Lucy "
    "Margaret Natalie Olivia Priya Rose Hope Summer Victoria Winifred Zainab",
    "m": "Alexander Benjamin Christopher Daniel Edward Frederick Grant Henry Isaac Jonathan Kenneth "
    "Liam Mark Nathaniel Oliver Patrick Bill Samuel Timothy Will Rohan Frank",
    "last": "Smith Jones Taylor Brown Williams Long Young Price King Bishop Baker Cook Page Day May "
    "Banks Rich Best Good Sharp Strong Small Little White Black Green Wood Hill Stone Fisher Carter "
    "Walker Patel Okonkwo O'Brien McAllister Thornbury Featherstone Hargreaves Whitcombe Pemberton "
    "Abernathy Blackwell Castleton Dunmore Ellingham Fairweather Gallagher Hollingworth Kirkpatrick "
    "Lancaster Middleton Nightingale Osborne Prendergast Ravenscroft Silverstone Underwood Wainwright",
    "double": ["Jones-Whitby", "Fairfax-Lowe", "Smith-Okafor", "Hale-Norbury"],
    "street": "Marlow Orchard Chapel Victoria Station Mill Church Elm Willow Castle Meadow Spring",
    "city": "London Leeds Bristol Manchester York Cardiff Glasgow Oxford Plymouth Norwich Exeter Derby",
    "country": "Ireland Canada Norway Italy Spain Poland Austria Japan",
    "time": ["9 am", "2:30 pm", "8:15", "5 p.m.", "10:00", "12.45"],
    "date": ["12 March 2026", "May 3rd", "24 December", "10/01/2025", "7 June", "15 August"],
    "price": ["£49.90", "$1,299.00", "20 pounds", "EUR 12.50", "£350", "£4,250"],
    "law": ["section 75", "Art. 17 GDPR", "regulation 29", "Article 6 GDPR", "s. 20 of the Act"],
    "carrier": "DHL UPS FedEx DPD",
    "payment": ["PayPal", "credit card", "direct debit", "Klarna"],
    "voucher": ["AUTUMN24", "THANKS10", "SUMMER-2026", "NORTH5"],
    "stranger": ["Ottoline Sandwell", "Gerwin Pallister", "Hedda Mumford", "Rupert Eyckhoff"],
    "staff": [
        ("Joanna", "Thistlewood", "f"),
        ("Sean", "Corrigan", "m"),
        ("Judith", "Taylor", "f"),
        ("Thomas", "Zeller", "m"),
        ("Alice", "Lightfoot", "f"),
        ("Fatima", "Darwish", "f"),
    ],
    "company": [
        "Hanson Engineering Ltd",
        "Brinkley Motors Limited",
        "Cornfield Bakery LLP",
        "Dyke Road Practice Ltd",
        "Woodworm & Sons Ltd",
        "Riverside Works plc",
        "Golden Stag Inn Ltd",
        "Sunhill Printers Inc.",
    ],
    "own": "Northlight Mail Order",
    "brand": ["Northlight", "PolarFox", "Lumio 300"],
    "competitor": ["Southstar", "ParcelKing", "Lightworks Online"],
    "ownphone": "020 7946 0100",
    "ownemail": "help@northlight.example",
    "ownstreet": "3 Harbour Street",
    "ownzip": "E1 6AN",
    "forms": {"mr": ("Mr", "Ms"), "mrdot": ("Mr.", "Mrs.")},
}
PRODUCTS = ["NL-4500X", "B2026-7", "PF 300", "A-1200", "LM300-22", "X9"]
OWN_IBAN = "DE02 1203 0000 0000 2020 51"


def main():
    base, drafts = {"customers": [], "staff": [], "own": [], "competitors": []}, []
    for language, words, file in (("de", GERMAN, "german"), ("en", ENGLISH, "english")):
        rng = random.Random(f"guard {language}")
        customers = make_customers(rng, language, words)
        base["customers"] += customers
        base["staff"] += [
            {"name": f"{first} {last}", "language": language}
            for first, last, _sex in words["staff"]
        ]
        base["own"].append(make_own(language, words))
        base["competitors"] += words["competitor"]
        frames = (FOLDER / f"{file}.txt").read_text(encoding="utf-8").splitlines()
        frames = [frame for frame in frames if frame and not frame.startswith("#")]
        assert len(frames) == len(set(frames)) >= 250, len(frames)
        for number, frame in enumerate(frames):
            # A sentence without slots is the same each time.
            # A sentence whose slots leave no choice is the same each time.
            for fill, filled in enumerate(fill_frame(rng, language, words, customers, frame)):
                # A sentence is in one half only.
                half = "held_out" if number % 2 else "tuning"
                id_ = f"{language}{number:03}{'ab'[fill]}"
                drafts.append({"id": id_, "half": half, "language": language, **filled})
    write(base, drafts)


def fill_frame(rng, language, words, customers, frame):
    found = []
    for _time in range(20):
        filled = Filled(rng, language, words, customers).fill(frame)
        if filled not in found and len(found) < FILLS:
            found.append(filled)
    return found


def write(base, drafts):
    text = json.dumps(base, ensure_ascii=False, indent=1) + "\n"
    (FOLDER / "base.json").write_text(text, encoding="utf-8")
    lines = [json.dumps(draft, ensure_ascii=False) + "\n" for draft in drafts]
    (FOLDER / "drafts.jsonl").write_text("".join(lines), encoding="utf-8")
    personal = sum(bool(draft["marks"]) for draft in drafts)
    print(f"{len(drafts)} drafts, {personal} personal, {len(base['customers'])} customers")


def make_own(language, words):
    return {
        "name": words["own"] + (" GmbH" if language == "de" else " Ltd"),
        "country": "DE" if language == "de" else "GB",
        "brands": words["brand"],
        "phone": words["ownphone"],
        "email": words["ownemail"],
        "street": words["ownstreet"],
        "zip": words["ownzip"],
        "iban": OWN_IBAN,
    }


def make_customers(rng, language, words):
    people = []
    lasts = [*words["last"].split(), *words["double"]]
    while len(people) < 192:
        sex = rng.choice("fm")
        first = rng.choice(words[sex].split())
        last = lasts[len(people) % len(lasts)]
        if (first, last) in [each[:2] for each in people + words["staff"]]:
            continue
        people.append((first, last, sex))
    customers = [
        make_customer(rng, language, words, number, *person) for number, person in enumerate(people)
    ]
    return customers + [
        {**make_customer(rng, language, words, 192 + number, "", name, ""), "name": name}
        for number, name in enumerate(words["company"])
    ]


def make_customer(rng, language, words, number, first, last, sex):
    german = language == "de"
    street, house = rng.choice(words["street"].split()), rng.randint(2, 180)
    serial = number + (0 if german else 500)
    plain = ascii_(f"{first}.{last}".strip(".").replace(" ", "").replace("'", "")).lower()
    if german:
        phone = rng.choice(["40 66969", "30 23125", "69 90009", "89 99998"]) + f"{number + 200:03}"
        phone = "+49 " + phone
        invoice, zip_ = f"RE/2026/{10000 + 7 * serial:05}", str(rng.randint(10115, 97999))
    else:
        phone = (
            rng.choice(["20 7946 0", "161 496 0", "117 496 0", "7700 900"]) + f"{number + 200:03}"
        )
        phone = "+44 " + phone
        invoice, zip_ = (
            f"INV/2026/{10000 + 7 * serial:05}",
            f"B{rng.randint(1, 48)} {rng.randint(1, 9)}XY",
        )
    return {
        "name": f"{first} {last}",
        "first": first,
        "last": last,
        "sex": sex,
        "is_company": not first,
        "language": language,
        "country": "DE" if german else "GB",
        "email": re.sub(r"[^a-z.-]", "", plain) + f"{number}@mail.example",
        "phone": phone,
        "street": f"{street}{rng.choice(['straße', 'weg', 'allee'])} {house}"
        if german
        else f"{house} {street} {rng.choice(['Road', 'Street', 'Lane', 'Avenue'])}",
        "zip": zip_,
        "city": rng.choice(words["city"].split()),
        "orders": [f"S{20000 + 13 * serial + each:05}" for each in (0, 5)],
        "invoices": [invoice, invoice[:-5] + f"{int(invoice[-5:]) + 3:05}"],
        "parcels": [make_parcel(rng), make_parcel(rng)],
        "picking": f"WH/OUT/{3000 + 3 * serial:05}",
        "ticket": f"HT{70000 + 11 * serial:05}",
        "iban": make_iban(rng),
    }


def make_parcel(rng):
    kind = rng.randrange(3)
    if kind == 0:
        return "0034" + "".join(rng.choices("0123456789", k=16))
    if kind == 1:
        return (
            "1Z"
            + "".join(rng.choices("0123456789ABCDEFGHXY", k=6))
            + "".join(rng.choices("0123456789", k=10))
        )
    return "JD" + "".join(rng.choices("0123456789", k=16))


def make_iban(rng):
    account = "".join(rng.choices("0123456789", k=18))
    check = 98 - int(account + "131400") % 97
    iban = f"DE{check:02}{account}"
    return " ".join(iban[at : at + 4] for at in range(0, 22, 4))


def ascii_(text):
    return "".join(
        UMLAUTS.get(
            sign, UMLAUTS.get(sign.lower(), sign).capitalize() if sign.lower() in UMLAUTS else sign
        )
        for sign in text
    ).replace("\u0131", "i")


class Filled:
    """One draft: the words that are put into one frame, with what has to be marked."""

    def __init__(self, rng, language, words, customers):
        self.rng, self.language, self.words = rng, language, words
        staff = {last for _first, last, _sex in words["staff"]}
        persons = [one for one in customers if not one["is_company"] and one["last"] not in staff]
        self.customer, self.second = rng.sample(persons, 2)
        self.woman = rng.choice([one for one in persons if one["sex"] == "f"])
        self.man = rng.choice([one for one in persons if one["sex"] == "m"])
        self.long = rng.choice(
            [one for one in persons if len(one["last"]) > 6 and one["last"].isalpha()]
        )
        self.company = rng.choice([one for one in customers if one["is_company"]])
        self.staff = rng.choice(words["staff"])
        self.kept = {}

    def fill(self, frame):
        post, _bar, draft = frame.rpartition("||")
        if re.search(r"\{(?:typo|lasttypo)\}", frame):
            self.customer = self.long
        marks, text, at = [], "", 0
        post = re.sub(r"\{(\w+)\}", lambda found: self.get(found[1])[0], post.strip())
        draft = draft.strip()
        for found in re.finditer(r"\{(=?)(\w+)\}('s|s\b)?", draft):
            text += draft[at : found.start()]
            value, kind = self.get(found[2])
            start = len(text)
            text += value + (found[3] or "")
            if kind and not found[1]:
                marks.append([start, len(text), kind])
            at = found.end()
        return {"post": post, "draft": text + draft[at:], "marks": marks}

    def get(self, slot):
        """Return what stands for a slot, the same each time, and as what it has to be marked."""
        if slot not in self.kept:
            self.kept[slot] = self.make(slot)
        return self.kept[slot]

    def make(self, slot):
        for make in (self.make_free, self.make_form, self.make_name, self.make_number):
            if made := make(slot):
                return made
        raise KeyError(slot)

    def make_free(self, slot):
        words, rng = self.words, self.rng
        name = slot.rstrip("2")
        if name in ("city", "country", "carrier"):
            return rng.choice(words[name].split()), None
        if name in (
            "time",
            "date",
            "price",
            "law",
            "payment",
            "voucher",
            "brand",
            "competitor",
            "stranger",
        ):
            return rng.choice(words[name]), None
        if name.startswith("own"):
            return (OWN_IBAN if name == "owniban" else words[name]), None
        others = {
            "strangerlast": lambda: rng.choice(words["stranger"]).split()[1],
            "staff": lambda: " ".join(self.staff[:2]),
            "stafffirst": lambda: self.staff[0],
            "stafflast": lambda: rng.choice([last for _first, last, _sex in words["staff"]]),
            "first": lambda: self.customer["first"],
            "custcity": lambda: self.customer["city"],
            "zipcity": lambda: f"{self.customer['zip']} {self.customer['city']}",
            "year": lambda: str(rng.randint(1998, 2027)),
            "count": lambda: str(rng.choice([36, 48, 72, 250, 1800, 4000, 12000])),
            "product": lambda: rng.choice(PRODUCTS),
            "noorder": lambda: rng.choice(["S99231", "4711-0815", "RE/2019/77777", "123456789"]),
            "handle": lambda: (
                "@"
                + ascii_(f"{self.customer['first']}_{self.customer['last']}")
                .lower()
                .replace(" ", "_")
                .replace("'", "")
            ),
        }
        return (others[name](), None) if name in others else None

    def make_form(self, slot):
        forms = self.words["forms"]
        return (forms[slot][self.customer["sex"] == "f"], None) if slot in forms else None

    def make_name(self, slot):
        one, rng = self.customer, self.rng
        names = {
            "full": lambda: one["name"],
            "full2": lambda: self.second["name"],
            "last": lambda: one["last"],
            "last2": lambda: self.second["last"],
            "lastf": lambda: self.woman["last"],
            "lastm": lambda: self.man["last"],
            "lastgen": lambda: self.own(one["last"]),
            "lastfgen": lambda: self.own(self.woman["last"]),
            "gen": lambda: self.own(one["name"]),
            "rev": lambda: f"{one['last']}, {one['first']}",
            "lower": lambda: one["name"].lower(),
            "upper": lambda: one["name"].upper(),
            "asc": lambda: ascii_(one["name"]),
            "initial": lambda: f"{one['first'][0]}. {one['last']}",
            "tag": lambda: ascii_(one["name"]).replace(" ", "").replace("'", "").replace("-", ""),
            "typo": lambda: f"{one['first']} {misspell(rng, one['last'])}",
            "lasttypo": lambda: misspell(rng, one["last"]),
            "company": lambda: self.company["name"],
            "companyshort": lambda: re.sub(
                r" (GmbH.*|KG|e\. K\.|GbR|AG|Ltd|Limited|LLP|plc|Inc\.)$", "", self.company["name"]
            ),
        }
        return (names[slot](), "name") if slot in names else None

    def own(self, name):
        if self.language == "en":
            return name + "'s"
        return name + ("'" if name[-1] in "sxzß" else "s")

    def make_number(self, slot):
        one = self.customer
        numbers = {
            "email": lambda: (one["email"], "email"),
            "emailup": lambda: (one["email"].capitalize(), "email"),
            "phone": lambda: (self.write_phone(one["phone"]), "phone"),
            "street": lambda: (one["street"], "address"),
            "streetabbr": lambda: (abbreviate(one["street"]), "address"),
            "order": lambda: (one["orders"][0], "order"),
            "order2": lambda: (one["orders"][1], "order"),
            "orderlow": lambda: (one["orders"][0].lower(), "order"),
            "orderspaced": lambda: ("S " + one["orders"][0][1:], "order"),
            "ordernum": lambda: (one["orders"][0][1:], "order"),
            "invoice": lambda: (one["invoices"][0], "invoice"),
            "invoice2": lambda: (one["invoices"][1], "invoice"),
            "invoicedash": lambda: (one["invoices"][0].replace("/", "-"), "invoice"),
            "iban": lambda: (one["iban"], "invoice"),
            "parcel": lambda: (one["parcels"][0], "parcel"),
            "parcel2": lambda: (one["parcels"][1], "parcel"),
            "parcelspaced": lambda: (" ".join(re.findall("..?.?.?", one["parcels"][0])), "parcel"),
            "picking": lambda: (one["picking"], "parcel"),
            "ticket": lambda: (one["ticket"], "ticket"),
        }
        return numbers[slot]() if slot in numbers else None

    def write_phone(self, phone):
        code, area, *rest = phone.split()
        rest = "".join(rest)
        ways = [
            phone,
            f"{code}{area}{rest}",
            f"0{area}/{rest}",
            f"0{area} {rest}",
            f"0{area}-{rest}",
            f"{code} (0){area} {rest}",
            f"(0{area}) {rest}",
            f"00{code[1:]} {area} {rest}",
        ]
        return self.rng.choice(ways)


def misspell(rng, name):
    """Make one mistake in typing, anywhere but in the first letter."""
    at = rng.randrange(1, len(name) - 1)
    way = rng.randrange(4)
    if way == 0:
        return name[:at] + name[at + 1 :]
    if way == 1:
        return name[:at] + name[at] + name[at:]
    if way == 2 and name[at] != name[at + 1]:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + rng.choice([each for each in "aeinrt" if each != name[at]]) + name[at + 1 :]


def abbreviate(street):
    for long, short in (
        ("straße", "str."),
        (" Road", " Rd"),
        (" Street", " St."),
        (" Avenue", " Ave"),
    ):
        street = street.replace(long, short)
    return street


if __name__ == "__main__":
    main()
