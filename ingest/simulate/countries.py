"""The countries that attendees come from, the most frequent first, with names of people and their spelling."""
# ruff: noqa: RUF001 -- people's names, in their own scripts

import unicodedata
from typing import NamedTuple


class Name(NamedTuple):
    """A name as its owner writes it, and as it reads in a mail address."""

    written: str
    ascii: str


class Country(NamedTuple):
    """A country that attendees come from, with names that people have there."""

    name: str
    city: str
    dialling_code: str
    given_names: tuple[Name, ...]
    family_names: tuple[Name, ...]


def ascii_of(text: str) -> str:
    """Lower-case letters without accents. A letter that has no such form is dropped."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def _names(text: str) -> tuple[Name, ...]:
    pairs = (word.partition("=") for word in text.split())
    return tuple(Name(written, spelt or ascii_of(written)) for written, _, spelt in pairs)


def _country(name: str, city: str, dialling_code: str, *, given: str, family: str) -> Country:
    return Country(name, city, dialling_code, _names(given), _names(family))


COUNTRIES = (
    _country(
        "Germany",
        "Berlin",
        "+49",
        given="Anna Jürgen Käthe Lukas Miriam Sören=soeren",
        family="Müller=mueller Schmidt Groß=gross Weiß=weiss Becker Köhler=koehler",
    ),
    _country(
        "United States",
        "Chicago",
        "+1",
        given="Olivia James Aaliyah Noah Grace DeShawn",
        family="Smith Johnson O'Neill=oneill Washington Ramirez Nguyen",
    ),
    _country(
        "United Kingdom",
        "Leeds",
        "+44",
        given="Amelia Oliver Siân Hamish Priya George",
        family="Taylor Evans MacLeod Patel Okonkwo Smith-Jones",
    ),
    _country(
        "India",
        "Pune",
        "+91",
        given="अनन्या=ananya राहुल=rahul मीरा=meera अर्जुन=arjun Kavya Vikram",
        family="शर्मा=sharma पटेल=patel रेड्डी=reddy Iyer Banerjee Singh",
    ),
    _country(
        "France",
        "Lyon",
        "+33",
        given="Zoé François Chloé Loïc Amélie Théo",
        family="Lefèvre Moreau D'Aubigné=daubigne Garçon Benoît Nguyen",
    ),
    _country(
        "Poland",
        "Gdańsk",
        "+48",
        given="Łucja=lucja Paweł=pawel Małgorzata=malgorzata Jan Zofia Michał=michal",
        family="Wójcik Kowalski Dąbrowska Wiśniewski Łukasik=lukasik Nowak",
    ),
    _country(
        "Brazil",
        "Recife",
        "+55",
        given="João Inês Luís Conceição Thiago Beatriz",
        family="Gonçalves Araújo Simões Silva Magalhães Souza",
    ),
    _country(
        "Japan",
        "大阪",
        "+81",
        given="美咲=misaki 健太=kenta さくら=sakura 大輔=daisuke 陽菜=hina 翔=sho",
        family="佐藤=sato 鈴木=suzuki 高橋=takahashi 渡辺=watanabe 𠮷田=yoshida 山本=yamamoto",
    ),
    _country(
        "Ukraine",
        "Львів",
        "+380",
        given="Олена=olena Андрій=andriy Їжачина=yizhachyna Тарас=taras Ольга=olha Юрій=yuriy",
        family="Шевченко=shevchenko Коваль=koval Бондар=bondar Мельник=melnyk Ґалаґан=galagan Кравець=kravets",
    ),
    _country(
        "Nigeria",
        "Lagos",
        "+234",
        given="Ọlá=ola Chịdị=chidi Adébáyọ̀=adebayo Ngozi Amina Ìfẹ́=ife",
        family="Okafor Adéyẹmí=adeyemi Bello Ọ̀ṣọ́=oso Eze Balogun",
    ),
    _country(
        "Greece",
        "Πάτρα",
        "+30",
        given="Ελένη=eleni Νίκος=nikos Άννα=anna Δημήτρης=dimitris Ζωή=zoi Γιώργος=giorgos",
        family="Παπαδόπουλος=papadopoulos Γεωργίου=georgiou Νικολάου=nikolaou Ιωάννου=ioannou",
    ),
    _country(
        "China",
        "深圳",
        "+86",
        given="伟=wei 秀英=xiuying 娜=na 磊=lei 静=jing 子轩=zixuan",
        family="王=wang 李=li 张=zhang 刘=liu 陈=chen 欧阳=ouyang",
    ),
    _country(
        "Egypt",
        "القاهرة",
        "+20",
        given="فاطمة=fatma محمد=mohamed ليلى=layla أحمد=ahmed يوسف=youssef",
        family="حسن=hassan إبراهيم=ibrahim منصور=mansour السيد=elsayed",
    ),
    _country(
        "South Korea",
        "부산",
        "+82",
        given="서연=seoyeon 민준=minjun 지우=jiwoo 하은=haeun 도윤=doyun",
        family="김=kim 이=lee 박=park 최=choi 정=jung",
    ),
    _country(
        "Israel",
        "חיפה",
        "+972",
        given="נועה=noa יוסף=yosef תמר=tamar דניאל=daniel",
        family="כהן=cohen לוי=levi מזרחי=mizrahi פרץ=peretz",
    ),
    _country(
        "Iceland",
        "Reykjavík",
        "+354",
        given="Þóra=thora Björk Guðrún=gudrun Sigurður=sigurdur",
        family="Jónsdóttir Þórsson=thorsson Guðmundsdóttir=gudmundsdottir Einarsson",
    ),
    _country(
        "Georgia",
        "თბილისი",
        "+995",
        given="ნინო=nino გიორგი=giorgi თამარ=tamar ლევანი=levan",
        family="ბერიძე=beridze კაპანაძე=kapanadze გელაშვილი=gelashvili",
    ),
    _country(
        "Ethiopia",
        "አዲስ አበባ",
        "+251",
        given="ሰላም=selam አበበ=abebe ሃና=hana",
        family="ተስፋዬ=tesfaye በቀለ=bekele ገብሬ=gebre",
    ),
    _country(
        "Thailand",
        "เชียงใหม่",
        "+66",
        given="สมชาย=somchai มาลี=malee กานต์=kan",
        family="สุขใจ=sukjai ทองดี=thongdee ศรีสุข=srisuk",
    ),
)
