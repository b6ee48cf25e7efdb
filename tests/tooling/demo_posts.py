"""What the demo's fediverse says about the brand Nordlicht Paketdienst.

Each post is its author and its text. Ada, Mia, Jonas and Lena are customers in
the addon's demo data; the company does not know the others.
"""

PEOPLE = {
    "ada": "Ada Lindqvist",
    "mia": "Mia Behrens",
    "jonas": "Jonas Okafor",
    "lena": "Lena Vogt",
    "parcelfan": "Parcel Fan",
    "kiezblick": "Kiezblick",
    "tom_b": "Tom B.",
    "wanderlust": "Wanderlust",
}

POSTS = [
    (
        "parcelfan",
        "Day three with the new #nordlicht lockers: open at midnight, no queue. Love it.",
    ),
    ("kiezblick", "Der Paketshop am Markt nimmt jetzt auch #nordlicht an. Endlich kurze Wege!"),
    ("jonas", "My #nordlicht parcel says delivered. My doorstep says otherwise. Anyone there?"),
    ("tom_b", "Does anybody know if #nordlicht delivers on Saturdays in Leipzig?"),
    (
        "mia",
        "Schon wieder ein Zettel im Kasten, obwohl ich zu Hause war. #nordlicht, klingeln hilft!",
    ),
    ("wanderlust", "Postcards from Norway arrived before I did. Well done, #nordlicht."),
    ("ada", "Shout-out to the #nordlicht courier who carried 20 kg of books to the fourth floor."),
    ("kiezblick", "Die #nordlicht-Räder stehen jeden Morgen auf dem Gehweg. Muss das sein?"),
    (
        "lena",
        "Paket kam nass und eingedrückt an, die Vase ist hin. #nordlicht, wie reklamiere ich das?",
    ),
    ("parcelfan", "The #nordlicht tracking map now shows the van in real time. Nerdy and great."),
    ("tom_b", "Second week, same parcel, same depot. #nordlicht, is it on holiday?"),
    ("mia", "Danke an den Fahrer von #nordlicht, der das Paket beim Nachbarn abgegeben hat."),
    ("wanderlust", "Customs form in three clicks with #nordlicht. Others need three pages."),
    (
        "jonas",
        "Update: #nordlicht found the parcel in the shed. Photo of the spot would have helped.",
    ),
    (
        "kiezblick",
        "Heute drei Lieferwagen von drei Diensten in einer Straße. Einer davon #nordlicht.",
    ),
    ("ada", "Could #nordlicht please offer evening slots? I work shifts and miss every delivery."),
    (
        "lena",
        "Antwort von #nordlicht nach zwei Stunden, Erstattung ist unterwegs. So soll es sein.",
    ),
    ("parcelfan", "Unpopular opinion: I miss the old #nordlicht logo."),
    ("tom_b", "The #nordlicht hotline put me on hold for 40 minutes and then hung up."),
    ("wanderlust", "Zehn Pakete, zehn Länder, eins verschwunden. Gute Quote, #nordlicht, fast."),
    ("mia", "Hat jemand Erfahrung mit der Paketbox von #nordlicht im Mietshaus?"),
    ("jonas", "The new #nordlicht packaging is all paper. My recycling bin says thanks."),
    ("kiezblick", "Streik im Depot Nord: #nordlicht bittet um Geduld bis Freitag."),
    ("ada", "Ordered on Monday, there on Tuesday, and the box was whole. #nordlicht is back."),
    ("lena", "Frage an #nordlicht: Kann ich die Lieferung an eine Filiale umleiten?"),
]
