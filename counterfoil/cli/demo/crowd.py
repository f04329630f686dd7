"""A large shop's shelves and its town: as many more goods and people as are asked for, each a believable one."""

from itertools import product

from counterfoil.cli.demo.goods import Good
from counterfoil.cli.demo.neighbours import Neighbour

MAKERS = (
    "Aravali", "Banyan", "Chetak", "Deccan", "Everfresh", "Fennel & Co", "Gangotri", "Himadri", "Indus", "Jasmine",
    "Kaveri", "Lotus", "Malabar", "Neem Tree", "Orchid", "Palash", "Quila", "Rangoli", "Sahyadri", "Tulsi",
    "Udaya", "Vindhya", "Windmill", "Yamuna", "Zafran", "Ajanta", "Bharat", "Coorg", "Dhruva", "Ekta",
)  # fmt: skip
THINGS = (  # what, category, unit, HSN, rate in bp, price in paise, sizes
    ("basmati rice", "Staples", "bag", "1006", 500, 140_00, ("1 kg", "2 kg", "5 kg", "10 kg")),
    ("whole wheat atta", "Staples", "bag", "1101", 500, 62_00, ("1 kg", "2 kg", "5 kg", "10 kg")),
    ("mustard oil", "Staples", "btl", "1514", 500, 175_00, ("200 ml", "500 ml", "1 L", "5 L")),
    ("garam masala", "Staples", "pkt", "0910", 500, 58_00, ("50 g", "100 g", "200 g", "500 g")),
    ("mango pickle", "Staples", "jar", "2001", 500, 95_00, ("200 g", "400 g", "900 g")),
    ("cream biscuits", "Snacks", "pkt", "1905", 500, 10_00, ("60 g", "120 g", "300 g", "600 g")),
    ("potato chips", "Snacks", "pkt", "2005", 500, 20_00, ("25 g", "52 g", "90 g", "167 g")),
    ("dark chocolate", "Snacks", "bar", "1806", 500, 90_00, ("40 g", "80 g", "150 g")),
    ("roasted cashews", "Snacks", "pkt", "2008", 500, 240_00, ("100 g", "250 g", "500 g")),
    ("lemon soda", "Beverages", "btl", "2202", 4000, 20_00, ("250 ml", "600 ml", "1.25 L", "2 L")),
    ("green tea", "Beverages", "pkt", "0902", 500, 155_00, ("25 bags", "100 g", "250 g")),
    ("mango juice", "Beverages", "pack", "2009", 500, 30_00, ("200 ml", "600 ml", "1 L")),
    ("paneer", "Dairy", "pkt", "0406", 0, 95_00, ("100 g", "200 g", "500 g", "1 kg")),
    ("salted butter", "Dairy", "pkt", "0405", 500, 58_00, ("100 g", "200 g", "500 g")),
    ("dishwash liquid", "Household", "btl", "3402", 1800, 99_00, ("250 ml", "500 ml", "900 ml")),
    ("washing powder", "Household", "pkt", "3402", 1800, 68_00, ("500 g", "1 kg", "4 kg")),
    ("floor cleaner", "Household", "btl", "3808", 1800, 110_00, ("200 ml", "500 ml", "975 ml")),
    ("LED bulb", "Household", "pc", "8539", 1800, 99_00, ("5 W", "9 W", "12 W", "18 W")),
    ("sandal soap", "Personal care", "bar", "3401", 500, 42_00, ("75 g", "125 g", "4 × 125 g")),
    ("hair oil", "Personal care", "btl", "3305", 500, 120_00, ("90 ml", "180 ml", "450 ml")),
    ("toothpaste", "Personal care", "tube", "3306", 500, 75_00, ("50 g", "100 g", "200 g")),
    ("notebook", "Stationery", "pc", "4820", 0, 45_00, ("92 pages", "172 pages", "300 pages")),
    ("gel pens", "Stationery", "pack", "9608", 1800, 60_00, ("2", "5", "10")),
)  # fmt: skip
KINDS = ("", "Classic", "Gold", "Family", "Organic", "Select", "Premium", "Lite", "Village", "Royal", "Fresh")

FIRST_NAMES = (
    "Aarav", "Bhavana", "Chaitra", "Dinesh", "Esha", "Farhan", "Gauri", "Harini", "Ishaan", "Jyoti", "Kiran", "Lata",
    "Mahesh", "Nandini", "Omkar", "Pallavi", "Rohan", "Sahana", "Tejas", "Usha", "Vinay", "Yashoda", "Zubair", "Anita",
    "கவிதா", "முருகன்", "राजेश", "सुनीता", "ರಮೇಶ", "Émile", "Asha", "Thomas",
)  # fmt: skip
LAST_NAMES = (
    "Acharya", "Bhatt", "Chandra", "Das", "Fernandes", "Ganesan", "Hiremath", "Iyengar", "Joshi", "Kamath", "Lobo",
    "Mathew", "Naik", "Pai", "Qureshi", "Rao", "Sen", "Talwar", "Upadhyay", "Varghese", "Wadia", "Yadav", "D'Cunha",
    "Krishnamurthy", "Subramaniam", "Venkataraman", "सिंह", "ಗೌಡ", "குமார்", "Kulkarni",
)  # fmt: skip
PHONE_ONLY_ONE_IN = 3
INITIALS = " ABCDEGHJKLMNPRSTV"


def more_goods(count: int) -> list[Good]:
    """Maker, kind, thing, size: what differs most comes first, so that few are as mixed as many."""
    made: list[Good] = []
    for run, size, kind, maker, thing in product(range(count + 1), range(4), KINDS, MAKERS, THINGS):
        what, category, unit, hsn, rate_bp, paise, sizes = thing
        if len(made) == count:
            break
        if size < len(sizes):
            name = " ".join(filter(None, (maker, kind, what, sizes[size], f"no. {run + 1}" if run else "")))
            price_paise = (paise * (size + 1) + len(made) % 17 * 1_00) // 50 * 50
            code, number = f"G{len(made) + 1:05}", barcode(len(made))
            made.append(Good(code, name, category, unit, hsn, rate_bp, price_paise, number, sold_often=1))
    return made


def barcode(number: int) -> str:
    """An EAN-13 of a shop's own range (20 to 29), with its check digit."""
    digits = f"21{number:010}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def more_people(count: int) -> list[Neighbour]:
    """Names come again, as they do in a town; mailboxes do not."""
    people = []
    for number in range(count):
        rest, first = divmod(number, len(FIRST_NAMES))
        rest, last = divmod(rest, len(LAST_NAMES))
        rest, father = divmod(rest, len(INITIALS))
        middle = f"{INITIALS[father]}. " if father else ""
        name = f"{FIRST_NAMES[first]} {middle}{LAST_NAMES[(last + first) % len(LAST_NAMES)]}{' jr.' * rest}"[:120]
        mailbox = "" if number % PHONE_ONLY_ONE_IN == 0 else f"customer.{number:06}"
        people.append(Neighbour(name, mailbox, f"{number % 240 + 1}, {number % 18 + 1}th Cross"))
    return people
