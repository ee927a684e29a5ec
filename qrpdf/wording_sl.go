package qrpdf

var slovene = wording{
	lang:    "sl",
	decimal: ",",
	date:    "{day}. {month} {year}",
	first:   "1",
	months: [12]string{"januarja", "februarja", "marca", "aprila", "maja", "junija", "julija", "avgusta",
		"septembra", "oktobra", "novembra", "decembra"},

	title:   "Koda QR o statusu invalidnosti",
	subject: "List s kodo QR, s katero je mogoče preveriti status invalidnosti",

	issuer:  "Izdajatelj",
	holder:  "Izdano za",
	issued:  "Datum izdaje",
	expires: "Velja do",
	address: "Stran za preverjanje",
	contact: "Stik",

	open:  "Odprite stran za preverjanje",
	opens: "Odpre stran za preverjanje na naslovu {address}",
	symbol: "Koda QR: kvadrat iz črnih pik na beli podlagi, širok {side} cm, {left} cm od levega roba in " +
		"{top} cm od zgornjega roba lista. Kdor vanjo usmeri kamero telefona, odpre stran za preverjanje " +
		"{address}.",
	logo: "Logotip: ",

	purpose: section{
		heading: "Čemu je namenjen",
		text: []string{"S tem listom dokažete status invalidnosti, ne da bi pokazali zapisnik. Odgovor ni " +
			"zapisan v kodi QR: kdor preverja, ga vsakič zahteva od izdajatelja. Zato je vedno posodobljen."},
	},
	privacy: section{
		heading: "Kaj pove o vas",
		text: []string{
			"V kodi QR ni imena, davčne številke, diagnoze ali odstotka.",
			"Kdor preverja, vidi, ali spadate v katero od predvidenih kategorij, nikoli pa diagnoze. " +
				"Stopnjo ali odstotek vidi samo s kodo, ki jo prejmete na telefon.",
		},
	},
	person: section{
		heading: "Kako ga uporabite",
		steps: []string{
			"Pokažite kodo QR, na papirju ali na telefonu, tistemu, ki vam prizna ugodnost.",
			"Povejte svojo davčno številko.",
			"Če je potrebnih več podatkov, prejmete kodo na telefon. Povejte jo samo, če se strinjate.",
		},
	},
	checker: section{
		heading: "Za tiste, ki preverjajo",
		steps: []string{
			"Usmerite kamero v kodo QR ali odprite povezavo v datoteki PDF.",
			"Prepričajte se, da se odpre stran za preverjanje, navedena na tem listu.",
			"Vnesite davčno številko osebe.",
			"Preberite odgovor: potrjeno, ni potrjeno ali ni mogoče reči.",
		},
		text: []string{"Brez potrditve ni mogoče sklepati, da oseba nima invalidnosti: v evidenci morda ni " +
			"vseh zapisnikov."},
	},
	loss: section{
		heading: "Če ga izgubite",
		text: []string{"Če list izgubite ali se bojite, da ga je kdo kopiral, ga razveljavite. Prejšnje " +
			"kode QR potem ne veljajo več in prejmete novo. Za razveljavitev:"},
	},
	ask: "obrnite se na izdajatelja.",
	touch: section{
		heading: "Kako jo najdete s tipom",
		text: []string{"Koda QR je zgoraj levo. Odrežite zgornji levi vogal lista ob črtkani črti. Ko je " +
			"odrezani vogal zgoraj levo, je koda QR obrnjena proti vam."},
	},
	fold: section{
		heading: "Kako naredite kartico",
		steps: []string{
			"Natisnite to stran v velikosti 100 %, brez prilagajanja papirju.",
			"Režite ob neprekinjeni črti.",
			"Prepognite ob črtkani črti, s kodo QR navzven.",
		},
	},
	feel: section{
		heading: "Kako jo najdete s tipom",
		text: []string{"Ko kartico prepognete, odrežite njen zgornji levi vogal ob črtkani črti. Ko je " +
			"odrezani vogal zgoraj levo, je koda QR obrnjena proti vam, v desni polovici kartice."},
	},
	cardWho: "Za tiste, ki preverjajo",
	card: [3]string{
		"Usmerite kamero v kodo QR in odprite stran.",
		"Vnesite davčno številko.",
		"Preberite odgovor.",
	},
	cardSay: "V kodi QR ni imena, davčne številke, diagnoze ali odstotka.",
	cardEnd: "Če jo izgubite, jo razveljavite:",
}
