"""What a general store in Bengaluru has on its shelves: prices as printed on the packet, tax rates since 22 September
2025, barcodes with a right check digit. Loose goods are weighed and have none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Good:
    code: str
    name: str
    category: str
    unit: str
    hsn: str
    rate_bp: int
    price_paise: int  # with its tax
    barcode: str
    sold_often: int  # how often, against the others

    @property
    def loose(self) -> bool:
        return self.unit == "kg"

    @property
    def daily(self) -> bool:
        """Bought every day, and brought every morning."""
        return self.category == "Dairy" or self.code.startswith("BRD")


GOODS = (
    # Staples
    Good("ATT05", "Aashirvaad Select atta 5 kg", "Staples", "bag", "1101", 500, 318_00, "8901725121129", 6),
    Good("ATT10", "Aashirvaad Shudh Chakki atta 10 kg", "Staples", "bag", "1101", 500, 545_00, "8901725121136", 3),
    Good("RIC05", "India Gate Basmati rice 5 kg", "Staples", "bag", "1006", 500, 699_00, "8906049401308", 2),
    Good("RIC-S", "Sona Masoori rice, loose", "Staples", "kg", "1006", 0, 62_00, "", 7),
    Good("DAL-T", "Toor dal, loose", "Staples", "kg", "0713", 0, 163_50, "", 7),
    Good("DAL-M", "Moong dal, loose", "Staples", "kg", "0713", 0, 128_00, "", 4),
    Good("DAL-U", "Urad dal, loose", "Staples", "kg", "0713", 0, 142_00, "", 4),
    Good("SGR-L", "Sugar, loose", "Staples", "kg", "1701", 500, 46_00, "", 8),
    Good("POHA5", "Thick poha 500 g", "Staples", "pkt", "1904", 500, 42_00, "8906042001178", 3),
    Good("SLT01", "Tata Salt 1 kg", "Staples", "pkt", "2501", 0, 30_00, "8904043901015", 7),
    Good("OIL01", "Fortune Sunlite sunflower oil 1 L", "Staples", "pouch", "1512", 500, 158_00, "8906007280235", 7),
    Good("OIL05", "Fortune Sunlite sunflower oil 5 L", "Staples", "can", "1512", 500, 799_00, "8906007280259", 2),
    Good("GHE50", "Nandini ghee 500 ml", "Staples", "jar", "0405", 500, 330_00, "8906209004127", 3),
    Good("TUR20", "Everest turmeric powder 200 g", "Staples", "pkt", "0910", 500, 72_00, "8901786021109", 3),
    Good("CHI20", "MTR chilli powder 200 g", "Staples", "pkt", "0904", 500, 98_00, "8901042511207", 3),
    Good("SAM20", "MTR sambar powder 200 g", "Staples", "pkt", "0910", 500, 112_00, "8901042511214", 4),
    Good("JAG01", "Organic jaggery 1 kg", "Staples", "pkt", "1701", 500, 95_00, "8906091100341", 2),
    # Dairy
    Good("MLK10", "Amul Taaza milk 1 L", "Dairy", "pkt", "0401", 0, 58_00, "8901262010320", 14),
    Good("MLK05", "Nandini toned milk 500 ml", "Dairy", "pkt", "0401", 0, 25_00, "8906209001010", 16),
    Good("CRD40", "Nandini curd 400 g", "Dairy", "cup", "0403", 500, 32_00, "8906209002055", 8),
    Good("AMB50", "Amul butter 500 g", "Dairy", "pkt", "0405", 500, 285_00, "8901262010054", 3),
    Good("AMB10", "Amul butter 100 g", "Dairy", "pkt", "0405", 500, 58_00, "8901262010047", 5),
    Good("PNR20", "Amul fresh paneer 200 g", "Dairy", "pkt", "0406", 0, 90_00, "8901262150057", 4),
    Good("CHS20", "Amul cheese slices 200 g", "Dairy", "pkt", "0406", 500, 140_00, "8901262180030", 2),
    Good("EGG06", "Farm eggs, 6", "Dairy", "tray", "0407", 0, 54_00, "8906135800060", 7),
    # Snacks
    Good("BIS80", "Parle-G biscuits 800 g", "Snacks", "pkt", "1905", 500, 90_00, "8901719101038", 6),
    Good("MAR25", "Britannia Marie Gold 250 g", "Snacks", "pkt", "1905", 500, 38_00, "8901063010178", 6),
    Good("GDY60", "Britannia Good Day cashew 60 g", "Snacks", "pkt", "1905", 500, 10_00, "8901063092204", 8),
    Good("BRD40", "Modern white bread 400 g", "Snacks", "loaf", "1905", 0, 45_00, "8906124500131", 9),
    Good("MAG56", "Maggi 2-minute noodles 560 g", "Snacks", "pkt", "1902", 500, 104_00, "8901058847857", 6),
    Good("LAY52", "Lay's Magic Masala 52 g", "Snacks", "pkt", "2005", 500, 20_00, "8901491100564", 9),
    Good("HAL20", "Haldiram's bhujia 200 g", "Snacks", "pkt", "2106", 500, 55_00, "8904063081308", 5),
    Good("KUR90", "Kurkure Masala Munch 90 g", "Snacks", "pkt", "1905", 500, 20_00, "8901491500319", 7),
    Good("DMK50", "Cadbury Dairy Milk 50 g", "Snacks", "bar", "1806", 500, 45_00, "8901233021034", 7),
    Good("KIS50", "Kissan tomato ketchup 500 g", "Snacks", "btl", "2103", 500, 120_00, "8901030734205", 3),
    # Beverages
    Good("TEA50", "Tata Tea Gold 500 g", "Beverages", "pkt", "0902", 500, 335_00, "8901052089918", 3),
    Good("TEA25", "Tata Tea Gold 250 g", "Beverages", "pkt", "0902", 500, 172_00, "8901052089901", 4),
    Good("COF20", "Bru instant coffee 200 g", "Beverages", "jar", "2101", 500, 460_00, "8901030781223", 2),
    Good("COF-F", "Filter coffee powder, fresh ground", "Beverages", "kg", "0901", 500, 640_00, "", 3),
    Good("COC75", "Coca-Cola 750 ml", "Beverages", "btl", "2202", 4000, 40_00, "8901764012310", 7),
    Good("THU20", "Thums Up 2 L", "Beverages", "btl", "2202", 4000, 99_00, "8901764032899", 3),
    Good("MAZ60", "Maaza mango drink 600 ml", "Beverages", "btl", "2202", 500, 38_00, "8901764052606", 4),
    Good("REA10", "Real mixed fruit juice 1 L", "Beverages", "pack", "2009", 500, 110_00, "8901207200106", 2),
    Good("BIS10", "Bisleri water 1 L", "Beverages", "btl", "2201", 500, 18_00, "8906017120019", 8),
    # Household
    Good("SRF01", "Surf Excel Easy Wash 1 kg", "Household", "pkt", "3402", 1800, 152_00, "8901030865237", 4),
    Good("RIN25", "Rin detergent bar 250 g", "Household", "bar", "3402", 1800, 26_00, "8901030641237", 5),
    Good("VIM30", "Vim dishwash bar 300 g", "Household", "bar", "3402", 1800, 32_00, "8901030711909", 6),
    Good("VIM50", "Vim dishwash gel 500 ml", "Household", "btl", "3402", 1800, 115_00, "8901030722363", 3),
    Good("LIZ97", "Lizol floor cleaner, citrus 975 ml", "Household", "btl", "3808", 1800, 219_00, "8901396388081", 2),
    Good("HRP50", "Harpic toilet cleaner 500 ml", "Household", "btl", "3808", 1800, 105_00, "8901396100126", 2),
    Good("GNK45", "Good knight liquid refill 45 ml", "Household", "pc", "3808", 1800, 82_00, "8901023701016", 4),
    Good("AGR20", "Cycle agarbatti, 20 sticks", "Household", "pkt", "3307", 500, 25_00, "8906123400203", 5),
    Good("MTC10", "Ship safety matches, 10 boxes", "Household", "pack", "3605", 500, 20_00, "8906102100100", 4),
    Good("LED09", "Philips LED bulb 9 W", "Household", "pc", "8539", 1800, 110_00, "8901720120097", 2),
    Good("DUR02", "Duracell AA cells, 2", "Household", "pack", "8506", 1800, 85_00, "8906107003024", 2),
    Good("BRM01", "Grass broom", "Household", "pc", "9603", 0, 95_00, "", 2),
    # Personal care
    Good("COL20", "Colgate Strong Teeth 200 g", "Personal care", "tube", "3306", 500, 125_00, "8901314012340", 4),
    Good("BRU01", "Oral-B toothbrush, medium", "Personal care", "pc", "9603", 500, 40_00, "8901482010209", 3),
    Good("DOV10", "Dove soap 100 g", "Personal care", "bar", "3401", 500, 62_00, "8901030791000", 5),
    Good("LFB12", "Lifebuoy soap 125 g", "Personal care", "bar", "3401", 500, 36_00, "8901030691256", 5),
    Good("CLN18", "Clinic Plus shampoo 175 ml", "Personal care", "btl", "3305", 500, 105_00, "8901030671753", 3),
    Good("PAR20", "Parachute coconut oil 250 ml", "Personal care", "btl", "1513", 500, 130_00, "8901088102025", 4),
    Good("DET20", "Dettol handwash 200 ml", "Personal care", "btl", "3401", 1800, 99_00, "8901396311201", 3),
    Good("WHS08", "Whisper Choice pads, 8", "Personal care", "pkt", "9619", 0, 48_00, "4902430870085", 3),
    Good("DIA20", "MamyPoko pants, medium, 20", "Personal care", "pkt", "9619", 500, 299_00, "8906111700209", 1),
    # Stationery
    Good("NTB17", "Classmate notebook, 172 pages", "Stationery", "pc", "4820", 0, 60_00, "8902519117205", 3),
    Good("PEN10", "Apsara pencils, 10", "Stationery", "pack", "9609", 0, 55_00, "8901283100109", 2),
    Good("BPN01", "Cello ball pen, blue", "Stationery", "pc", "9608", 1800, 10_00, "8901118200011", 4),
)
