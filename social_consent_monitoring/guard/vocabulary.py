"""Words that the guard has to know, in the letters of :func:`words.fold_word`."""

from ..watch_words import fold


def _words(text):
    return frozenset(map(fold, text.split()))


# Before or after these stands no name: "Ihr Koch", "will long". German and English together.
FUNCTION_WORDS = _words(
    """
    aber alle allem allen aller alles als also am an ans auch auf aus ausser bald bei beide beim bis
    bitte da dabei dafur daher damit danach danke dann daran darauf das dass dazu dein deine dem den
    denn der deren des deshalb dessen dich die dies diese diesem diesen dieser dieses dir doch dort
    du durch ein eine einem einen einer eines er es etwas euch euer eure fur ganz gar gegen gern
    gerne gestern hat hatte hatten haben habt hallo heute hier ich ihm ihn ihnen ihr ihre ihrem
    ihren ihrer ihres im immer in ins ist ja jede jeden jeder jedes jetzt kann kein keine keinem
    keinen konnen konnte leider mehr mein meine meinem meinen meiner mich mir mit moin morgen nach
    nein nicht nichts noch nun nur ob oder ohne schon sehr sei seid sein seine seinem seinen seiner
    seit sich sie sind so sobald sollte sonst uber um und uns unser unsere unserem unseren unserer
    unter vielen vom von vor war waren warum was weg weil welche wenn wer werde werden wie wieder
    wir wird wo wohl wurde wurden zu zum zur zwei zwischen zwar guten
    a about after again all also an and any are as at back be been before both but by can cannot did
    do does done down each even ever every for from get got had has have hello her here hers hi him
    his how i if in into is it its just me more most my no nor not now of off oh on once only or our
    out over please so some sorry such than thank thanks that the their them then there they this
    those though to today too under until up us very was we were what when where which who why
    with without would yes yesterday you your yours dear
    """
)

# Contacts are called so, too, and are no persons: "Kundenservice Nord", "Accounts Payable".
OFFICE_WORDS = _words(
    """
    abteilung buchhaltung buro chef chefin einkauf empfang filiale geschaft hotline info kasse
    kollege kollegen kollegin kunde kunden kundendienst kundenservice kundin lager leiter leiterin
    marketing mitarbeiter mitarbeiterin nachbar nachbarin office personal rechnung service shop
    support team test verkauf versand vertrieb verwaltung warenannahme werk zentrale
    account accounts admin billing boss branch central colleague customer customers delivery department desk finance
    help invoice invoices main order orders payable public purchasing reception sales shipping staff
    store user warehouse
    """
)

NO_NAMES = FUNCTION_WORDS | OFFICE_WORDS

# What may be a name and is a word that everybody uses, too: two of them make a name only where
# both are written as one.
WORDS_AND_NAMES = _words(
    """
    backer bach baum berg blum brand braun bruder engel ernst fest feld frank frei freund fuchs
    grun gross gut hart haus herbst herz hirsch hof holz horn hut jung kaiser keller kirch klein
    klug koch konig kraft krug kurz lang lange licht mark markt may mai muller neu post rat rau
    reich richter ritter rosa rose roth sand sauer schafer schmidt schon schwarz sommer sonne stark
    stein stern stolz sturm vogel wald weber weiss winkel winter wolf wunder zimmermann
    april art ash august baker bank banks bell best bill bird bishop black blue brook brown butler
    carter cash chance chase church clay cook cross day dean drew dry earl fair faith fall farmer
    field fish fisher flower forest fox frost gene gold good grace grant grave gray green hall hand
    hard hill holly home hope house hunter ivy jack joy june king knight lake lane law lily long
    major may miles mason miller moon nice north page park parker penny pierce pope porter pound
    price rain ray read reed rich rob robin rock rose ruby sage sharp shepherd short singer small
    smart smith snow sport stone strong summer sunny swift taylor turner wade walker ward waters
    weaver west white will wise wood woods young
    """
)

# A surname behind one of these is a person's.
FORMS_OF_ADDRESS = _words(
    """
    herr herrn hr frau fr fraulein familie fam eheleute dr prof professor doktor
    mr mrs ms miss mx sir madam family doctor
    """
)
# Between the form of address and the name.
TITLES = _words("dr prof professor doktor med phil jur ing dipl rer nat hc habil")
# Who is greeted is not one of us.
GREETINGS = _words(
    "liebe lieber hallo geehrte geehrter werte werter moin servus gruss dear hello hi hey"
)
GREETINGS_OF_TWO = frozenset({"tag", "morgen", "abend", "morning", "afternoon", "evening"})
# Parts of a surname that are not looked up.
PARTICLES = _words(
    "von vom van der den de zu zum zur la le du del della di da dos ten ter bin ibn al el"
)
LEGAL_FORMS = _words(
    """
    gmbh ggmbh mbh ag kg kgaa ohg gbr ug se ev ek eg co cie ltd limited plc llp lp llc inc corp
    corporation company sarl sas sa bv nv srl spa oy ab as aps
    """
)

# How streets are shortened.
STREETS = {
    "str": "strasse",
    "pl": "platz",
    "rd": "road",
    "st": "street",
    "ave": fold("avenue"),
    "av": fold("avenue"),
    "ln": "lane",
    "dr": "drive",
    "sq": "square",
    "ct": "court",
}

# What a number is called that stands behind one of these words.
NUMBERS_OF = {
    "order": "bestell|auftrag|kauf|order|purchase",
    "invoice": "rechnung|faktura|gutschrift|beleg|invoice|bill|receipt|credit note",
    "parcel": "sendung|paket|liefer|packchen|parcel|package|shipment|tracking|delivery",
    "ticket": "ticket|vorgang|fall|anfrage|case|request",
}
