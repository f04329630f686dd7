"""Who buys at the demo shop, and the shop itself. Every address is under a domain that nobody can have."""

from dataclasses import dataclass
from typing import Any

SHOP = {
    "name": "Shree Ganesh General Store",
    "address": "14 Gandhi Bazaar Main Road, Basavanagudi, Bengaluru 560004",
    "gstin": "29ABCFS1234K1Z3",
    "state": "29",
    "phone": "+91 80 2660 0114",
    "email": "bills@example.com",
    "upi_id": "shreeganesh@example",
}
CASHIERS = {"A": "Meena", "B": "Ravi"}

KARNATAKA, TAMIL_NADU, MAHARASHTRA = "29", "33", "27"


@dataclass(frozen=True, slots=True)
class Neighbour:
    name: str
    mailbox: str = ""  # the part before the @; none: no e-mail
    street: str = ""
    state: str = KARNATAKA
    gstin: str = ""
    comes_often: int = 3

    def values(self, number: int) -> dict[str, Any]:
        """As the Customer Master keeps it."""
        return {
            "name": self.name,
            "email": f"{self.mailbox}@example.com" if self.mailbox else "",
            "phone": f"+91 99000 {number:05}",
            "gstin": self.gstin,
            "state": self.state,
            "address": f"{self.street}, Bengaluru" if self.street and self.state == KARNATAKA else self.street,
        }


NEIGHBOURS = (
    Neighbour("Asha Rao", "asha.rao", "22 Bull Temple Road", comes_often=9),
    Neighbour("Thomas Kurian", "t.kurian", "7 Patalamma Temple Street", comes_often=6),
    Neighbour("Fatima Sheikh", "fatima.sheikh", "41 Nagasandra Road", comes_often=7),
    Neighbour("सुनीता शर्मा", "sunita.sharma", "9 Krishna Road", comes_often=6),
    Neighbour("மீனாட்சி சுந்தரம்", "meenakshi.s", "18 DVG Road", comes_often=5),
    Neighbour("Venkatesh Murthy", "venkatesh.murthy", "3 Ratna Vilas Road", comes_often=8),
    Neighbour("Lakshmi Narayan", "lakshmi.n", "56 Govindappa Road", comes_often=7),
    Neighbour("Joseph D'Souza", "joseph.dsouza", "12 Kanakapura Road"),
    Neighbour("अनिल वर्मा", "anil.verma", "30 Puttanna Road"),
    Neighbour("Priya Iyer", "priya.iyer", "5 Model House Street", comes_often=6),
    Neighbour("Imran Khan", "imran.khan", "77 Vanivilas Road", comes_often=4),
    Neighbour("Rekha Gowda", "rekha.gowda", "15 Surveyor Street", comes_often=6),
    Neighbour("Suresh Hegde", "suresh.hegde", "2 East Anjaneya Temple Street", comes_often=5),
    Neighbour("ராஜேஷ் குமார்", "rajesh.kumar", "64 Police Station Road"),
    Neighbour("Divya Shetty", "divya.shetty", "19 Kumara Park Lane"),
    Neighbour("Gurpreet Singh", "gurpreet.singh", "8 West Park Road"),
    Neighbour("पूजा देशपांडे", "pooja.d", "44 Thyagaraja Nagar"),
    Neighbour("Nagaraj B", "nagaraj.b", "10 HB Samaja Road", comes_often=5),
    Neighbour("Shalini Menon", "shalini.menon", "27 Sanjeevini Nagar"),
    Neighbour("Mohammed Rafi", "m.rafi", "36 Subbarama Chetty Road"),
    Neighbour("Kavitha Reddy", "kavitha.reddy", "11 North Road"),
    Neighbour("Arun Prakash", "arun.prakash", "6 Gavipuram Extension"),
    Neighbour("विकास गुप्ता", "vikas.gupta", "50 Hanumanthanagar"),
    Neighbour("Sneha Kulkarni", "sneha.kulkarni", "4 Model Colony, Pune", state=MAHARASHTRA, comes_often=1),
    Neighbour("செந்தில் முருகன்", "senthil.m", "12 Car Street, Hosur", state=TAMIL_NADU, comes_often=2),
    Neighbour("Udupi Upahar Darshini", "accounts.upahar", "88 DVG Road", gstin="29AAKFU4821M1ZK", comes_often=5),
    Neighbour("Nandi Caterers Pvt Ltd", "bills.nandi", "Plot 6, Jayanagar 9th Block", gstin="29AAGCN7716Q1ZL"),
    Neighbour("Sri Murugan Stores", "murugan.stores", "5 Bazaar Street, Hosur", TAMIL_NADU, "33AAECS2209R1Z5", 2),
    Neighbour("Deepa Mess and Tiffin", "deepa.mess", "71 Nettakallappa Circle", gstin="29AADFM3390B2ZF"),
    Neighbour("Ramesh Babu", comes_often=5),
    Neighbour("Saraswathi Amma", comes_often=6),
    Neighbour("கமலா பாட்டி", comes_often=4),
    Neighbour("Manjunath", comes_often=4),
    Neighbour("राम प्रसाद"),
    Neighbour("Harish Kumar"),
    Neighbour("Geetha Bhat"),
    Neighbour("Anthony Raj"),
    Neighbour("Yasmin Begum"),
    Neighbour("Basavaraj Patil"),
    Neighbour("Chandrika Nair"),
)
