"""The words of the sample: names, companies, places, titles and reasons as people type them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Chinese characters and how they are written in Latin letters."""
    pairs = (word.partition(":") for word in text.split())
    return tuple((characters, pinyin) for characters, _, pinyin in pairs)


ONSETS = _words(
    """
    Al Ar Bal Bel Ber Bran Cal Car Cor Dal Del Dor El Em Fal Fen Gal Gar Gor Hal Har Hel Hol Kal
    Kel Kor Lan Lar Lind Lor Mal Mar Mer Mon Nor Nov Or Pal Per Ral Ren Ros Sal San Sel Sol Star
    Stel Tal Tar Ten Tor Val Var Vel Ver Vol Wal Wes Win
    """
)

MIDDLES = _words(
    """
    a e i o al an ar ba bo da de di do en er go ha in ka la le li lo ma mi mo na ne no ra ri ro
    sa so ta ti to va vi za
    """
)

ENDINGS = _words(
    """
    berg den dex dor gen ko lan ler lin lux mar met mond nix nor rix rom ron sen sta tec tis tron
    vik zon
    """
)

TRADES = _words(
    """
    Precision Automation Controls Industrial Machinery Components Robotics Engineering Systems
    Dynamics Energy Power Electric Drives Hydraulics Sensors Instruments Motors Bearings Castings
    Packaging Logistics Chemicals Plastics Coatings Steel Foods Pharma Medical Optics Aerospace
    Automotive Marine Rail Turbines Compressors Pumps Valves Filtration Textiles Paper Glass
    Cement Mining Water Software Analytics Networks
    """
)

CHINESE_BRAND = _pairs(
    """
    华:hua 信:xin 达:da 中:zhong 博:bo 辰:chen 德:de 东:dong 飞:fei 丰:feng 福:fu 高:gao
    冠:guan 光:guang 国:guo 海:hai 航:hang 和:he 恒:heng 宏:hong 汇:hui 吉:ji 佳:jia 建:jian
    金:jin 京:jing 久:jiu 凯:kai 康:kang 科:ke 蓝:lan 乐:le 力:li 联:lian 龙:long 迈:mai
    美:mei 明:ming 南:nan 宁:ning 鹏:peng 普:pu 启:qi 千:qian 庆:qing 锐:rui 润:run
    森:sen 尚:shang 盛:sheng 思:si 泰:tai 腾:teng 天:tian 通:tong 同:tung 万:wan 威:wei 文:wen
    祥:xiang 兴:xing 旭:xu 亚:ya 阳:yang 毅:yi 英:ying 永:yong 优:you 宇:yu 远:yuan 云:yun
    泽:ze 振:zhen 正:zheng 致:zhi 卓:zhuo 朗:lang 诺:nuo
    """
)

CHINESE_FIELDS = (
    ("精密", "Precision", "jm"), ("自动化", "Automation", "zdh"), ("电子", "Electronic", "dz"),
    ("机械", "Machinery", "jx"), ("能源", "Energy", "ny"), ("环保", "Environmental", "hb"),
    ("医疗", "Medical", "yl"), ("汽车", "Automotive", "qc"), ("仪器", "Instrument", "yq"),
    ("新材料", "New Materials", "xcl"),
)  # fmt: skip

CHINESE_FORMS = (
    ("科技", "Technology", "kj"),
    ("设备", "Equipment", "sb"),
    ("实业", "Industrial", "sy"),
    ("工程", "Engineering", "gc"),
)


@dataclass(frozen=True)
class City:
    """A city as the billing address has it, and other ways in which people write it."""

    name: str
    state: str
    area_code: str
    variants: tuple[str, ...]


@dataclass(frozen=True)
class Country:
    """A country: spellings, phone prefix before the last seven digits, and company forms."""

    name: str
    variants: tuple[str, ...]
    phone: str
    domain: str
    forms: tuple[str, ...]
    share: float
    cities: tuple[City, ...]


def _city(name: str, state: str, *variants: str, area_code: str = "") -> City:
    return City(name, state, area_code, variants or (name,))


EUROPE = (
    Country("Germany", ("DE", "Deutschland"), "+49 151 2", "de", ("GmbH", "AG", "GmbH & Co. KG"),
            0.34, (
        _city("Munich", "Bavaria", "München", "Muenchen"),
        _city("Stuttgart", "Baden-Württemberg"), _city("Hamburg", "Hamburg", "HAMBURG"),
        _city("Cologne", "North Rhine-Westphalia", "Köln", "Koeln"), _city("Berlin", "Berlin"))),
    Country("United Kingdom", ("UK", "GB"), "+44 740", "co.uk", ("Ltd", "plc"), 0.16, (
        _city("London", "England", "london"), _city("Manchester", "England"),
        _city("Birmingham", "England", "B'ham"))),
    Country("France", ("FR",), "+33 6 1", "fr", ("SAS", "SA"), 0.13, (
        _city("Paris", "Île-de-France", "PARIS"), _city("Lyon", "Auvergne-Rhône-Alpes"),
        _city("Toulouse", "Occitanie"))),
    Country("Italy", ("IT", "Italia"), "+39 347", "it", ("S.p.A.", "S.r.l."), 0.11, (
        _city("Milan", "Lombardy", "Milano"), _city("Turin", "Piedmont", "Torino"))),
    Country("Netherlands", ("NL", "The Netherlands"), "+31 6 1", "nl", ("B.V.",), 0.08, (
        _city("Eindhoven", "North Brabant"), _city("Rotterdam", "South Holland"))),
    Country("Sweden", ("SE",), "+46 70", "se", ("AB",), 0.06, (
        _city("Gothenburg", "Västra Götaland", "Göteborg"), _city("Stockholm", "Stockholm"))),
    Country("Spain", ("ES", "España"), "+34 61", "es", ("S.L.", "S.A."), 0.06, (
        _city("Barcelona", "Catalonia", "BCN"), _city("Madrid", "Madrid"))),
    Country("Switzerland", ("CH",), "+41 79", "ch", ("AG", "GmbH"), 0.06, (
        _city("Zurich", "Zürich", "Zürich", "Zuerich"),)),
)  # fmt: skip

NORTH_AMERICA = (
    Country("United States", ("USA", "US"), "+1", "com", ("Inc.", "LLC", "Corp."), 0.86, (
        _city("New York", "NY", "NYC", "New York City", area_code="212"),
        _city("Chicago", "IL", "chicago", area_code="312"),
        _city("Detroit", "MI", area_code="313"), _city("Houston", "TX", area_code="713"),
        _city("San Francisco", "CA", "SF", "San Fransisco", area_code="415"),
        _city("Los Angeles", "CA", "LA", area_code="213"),
        _city("Boston", "MA", area_code="617"), _city("Atlanta", "GA", area_code="404"),
        _city("Seattle", "WA", area_code="206"), _city("Minneapolis", "MN", area_code="612"),
        _city("Cleveland", "OH", area_code="216"))),
    Country("Canada", ("CA",), "+1", "ca", ("Ltd.", "Inc."), 0.14, (
        _city("Toronto", "ON", "toronto", area_code="416"),
        _city("Montreal", "QC", "Montréal", area_code="514"))),
)  # fmt: skip

CHINA_CITIES = (
    _city("广州", "广东", "Guangzhou", "GZ", "广州市", "Guagnzhou", area_code="gz"),
    _city("深圳", "广东", "Shenzhen", "SZ", "深圳市", area_code="sz"),
    _city("上海", "上海", "Shanghai", "SH", "上海市", area_code="sh"),
    _city("北京", "北京", "Beijing", "BJ", "北京市", area_code="bj"),
    _city("苏州", "江苏", "Suzhou", "苏州市", area_code="su"),
    _city("杭州", "浙江", "Hangzhou", "HZ", area_code="hz"),
    _city("成都", "四川", "Chengdu", "成都市", area_code="cd"),
    _city("武汉", "湖北", "Wuhan", area_code="wh"),
    _city("西安", "陕西", "Xi'an", "Xian", area_code="xa"),
    _city("天津", "天津", "Tianjin", "TJ", area_code="tj"),
    _city("南京", "江苏", "Nanjing", "NJ", area_code="nj"),
    _city("重庆", "重庆", "Chongqing", "CQ", area_code="cq"),
    _city("东莞", "广东", "Dongguan", "DG", area_code="dg"),
    _city("青岛", "山东", "Qingdao", "QD", area_code="qd"),
)

CHINA = Country("China", ("CN", "中国"), "+86 139 1", "com.cn", ("有限公司",), 1.0, CHINA_CITIES)

COUNTRIES_BY_REGION: tuple[tuple[Country, ...], ...] = (EUROPE, NORTH_AMERICA, (CHINA,))


FIRST_NAMES = _words(
    """
    Anna Lukas Marie Jonas Sophie Felix Laura Max Julia Paul Katharina Tobias Claire Julien Élodie
    Matteo Giulia Luca Chiara Francesco Sanne Daan Lotte Erik Karin Lars Astrid Carmen Javier
    Lucía Pablo James Emily Oliver Charlotte George Amelia Thomas Hannah Michael Jennifer David
    Sarah Robert Jessica William Ashley Daniel Amanda Christopher Melissa Matthew Nicole Andrew
    Rachel Kevin Stephanie Brian Angela Priya Arjun Ngozi Omar Leila Piotr Agnieszka Mehmet Ayşe
    """
)

CHINA_REGION = 2


COUNTRIES: tuple[Country, ...] = tuple(
    country for countries in COUNTRIES_BY_REGION for country in countries
)


REGION_OF_COUNTRY = tuple(
    region for region, countries in enumerate(COUNTRIES_BY_REGION) for _ in countries
)


COUNTRY_REGIONS = tuple(zip(COUNTRIES, REGION_OF_COUNTRY, strict=True))


CITIES = tuple(city for country in COUNTRIES for city in country.cities)


FIRST_CITY = np.cumsum([0] + [len(country.cities) for country in COUNTRIES])[:-1]

LAST_NAMES = _words(
    """
    Müller Schmidt Schneider Fischer Weber Wagner Becker Hoffmann Schäfer Koch Richter Wolf
    Neumann Krüger Braun Zimmermann Martin Bernard Dubois Lefèvre Moreau Girard Fournier Rossi
    Ferrari Esposito Bianchi Colombo Ricci Marino Jansen Bakker Visser Smit Meijer Andersson
    Johansson Karlsson Nilsson Lindqvist García Fernández Martínez Sánchez Romero Navarro Smith
    Jones Taylor Brown Williams Wilson Evans Walker Wright Thompson Clarke Hughes Johnson Davis
    Miller Anderson Jackson White Harris Lewis Robinson Young Allen King Hill Scott Green Baker
    Nelson Carter Mitchell Roberts Turner Phillips Campbell Parker Edwards Collins Stewart Morris
    Murphy Cook Rogers Cooper Peterson Reed Bailey Kelly Howard Cox Ward Richardson Watson Brooks
    Bennett Gray Hughson Patel Nguyen Kowalski Nowak Yılmaz Keller Brunner Vogt Amsler Graf Frei
    """
)

CHINESE_LAST_NAMES = _pairs(
    """
    王:Wang 李:Li 张:Zhang 刘:Liu 陈:Chen 杨:Yang 黄:Huang 赵:Zhao 吴:Wu 周:Zhou 徐:Xu 孙:Sun
    马:Ma 朱:Zhu 胡:Hu 郭:Guo 何:He 林:Lin 高:Gao 罗:Luo 郑:Zheng 梁:Liang 谢:Xie 宋:Song
    唐:Tang 韩:Han 邓:Deng 冯:Feng 曹:Cao 彭:Peng 曾:Zeng 肖:Xiao 田:Tian 董:Dong 潘:Pan 袁:Yuan
    蔡:Cai 蒋:Jiang 余:Yu 杜:Du 叶:Ye 程:Cheng 魏:Wei 苏:Su 吕:Lv 丁:Ding 任:Ren 卢:Lu
    姚:Yao 沈:Shen 钟:Zhong 崔:Cui 谭:Tan 范:Fan 廖:Liao 石:Shi 金:Jin
    """
)

CHINESE_FIRST_NAMES = _pairs(
    """
    伟:Wei 芳:Fang 娜:Na 敏:Min 静:Jing 强:Qiang 磊:Lei 军:Jun 洋:Yang 勇:Yong 艳:Yan 杰:Jie
    娟:Juan 涛:Tao 明:Ming 超:Chao 秀英:Xiuying 霞:Xia 平:Ping 刚:Gang 桂英:Guiying
    建华:Jianhua 晓东:Xiaodong 志强:Zhiqiang 海燕:Haiyan 文博:Wenbo 思远:Siyuan 雨欣:Yuxin
    子轩:Zixuan 梦琪:Mengqi 浩然:Haoran 佳怡:Jiayi 俊杰:Junjie 丽华:Lihua 国栋:Guodong 晓明:Xiaoming
    雪梅:Xuemei 天宇:Tianyu 嘉伟:Jiawei
    """
)

PERSONAS = ("Technical Decision Maker", "Technical User", "Economic Buyer", "Procurement")
"""For whom content is made; a student is none of them."""

_DECIDES, _USES, _PAYS, _BUYS, _NONE = 0, 1, 2, 3, -1

TITLES = (
    ("Plant Manager", "Operations", "厂长", _DECIDES, _PAYS),
    ("Head of Maintenance", "Maintenance", "设备部经理", _DECIDES, _DECIDES),
    ("Maintenance Engineer", "Maintenance", "维护工程师", _USES, _USES),
    ("CTO", "Engineering", "技术总监", _PAYS, _DECIDES),
    ("Automation Engineer", "Engineering", "自动化工程师", _USES, _USES),
    ("CEO", "Management", "总经理", _PAYS, _PAYS),
    ("VP Operations", "Operations", "运营副总裁", _PAYS, _PAYS),
    ("IT Director", "IT", "IT总监", _DECIDES, _DECIDES),
    ("Procurement Manager", "Purchasing", "采购经理", _BUYS, _BUYS),
    ("Energy Manager", "Facilities", "能源经理", _DECIDES, _DECIDES),
    ("Production Engineer", "Operations", "生产工程师", _USES, _USES),
    ("OT Security Lead", "IT", "安全主管", _DECIDES, _DECIDES),
    ("Director of Engineering", "Engineering", "工程总监", _DECIDES, _DECIDES),
    ("Buyer", "Purchasing", "采购专员", _BUYS, _BUYS),
    ("Data Analyst", "IT", "数据分析师", _USES, _USES),
    ("Student", "Other", "学生", _NONE, _NONE),
)
"""Job titles with their department and in Chinese, and the number of the persona of each."""

INDUSTRIES = (
    "Industrial Machinery", "Automotive", "Chemicals", "Food & Beverage", "Electronics", "Energy",
    "Pharmaceuticals", "Logistics", "Metals & Mining", "Software",
)  # fmt: skip

OWNERS = (
    ("Sabine Vogel", "Tom Harding", "Elena Costa", "Pieter de Wit"),
    ("Megan Doyle", "Carlos Ortiz", "Dana Whitfield", "Ryan Cho"),
    ("李娜 Li Na", "张磊 Zhang Lei", "Grace Chen"),
)

AUTOMATION_USER = "Marketing Automation"

AGENTS = ("Agent 04", "Agent 11", "Agent 17", "K. Brandt", "M. Oduya", "王芳")

DISQUALIFIED_REASONS = (
    "No Budget", "Not a Fit", "Wrong Contact", "No Response", "Competitor Product Chosen",
    "Student or Private",
)  # fmt: skip

DUPLICATE_REASON, INVALID_REASON = "Duplicate", "Invalid Contact Details"

RECYCLED_REASONS = ("Timing", "Budget Next Year", "No Response", "Project Postponed")

LOST_REASONS = (
    "Price", "Lost to Competitor", "No Decision", "Project Cancelled", "Missing Feature", "Budget",
)  # fmt: skip

COMPETITORS = ("Siemens", "Rockwell", "Schneider", "Supcon 中控", "none", "")

PLACEHOLDERS = ("N/A", "test", "-", "asdf", "Select")


def mailbox(name: str) -> str:
    """How a name is written in an e-mail address: lower case, plain letters.

    >>> mailbox("Schäfer"), mailbox("Lefèvre"), mailbox("Xiuying")
    ('schaefer', 'lefevre', 'xiuying')
    """
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("ı", "i")):
        name = name.lower().replace(letter, plain)
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalpha())
