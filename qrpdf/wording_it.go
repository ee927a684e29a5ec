package qrpdf

var italian = wording{
	lang:    "it",
	decimal: ",",
	date:    "{day} {month} {year}",
	first:   "1º",
	months: [12]string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto",
		"settembre", "ottobre", "novembre", "dicembre"},

	title:   "QR code della condizione di disabilità",
	subject: "Foglio con un QR code che permette di verificare la condizione di disabilità",

	issuer:  "Rilasciato da",
	holder:  "Rilasciato a",
	issued:  "Data di rilascio",
	expires: "Valido fino al",
	address: "Pagina di verifica",
	contact: "Contatti",

	open:  "Apra la pagina di verifica",
	opens: "Apre la pagina di verifica all’indirizzo {address}",
	symbol: "QR code: un quadrato di punti neri su fondo bianco, largo {side} cm, a {left} cm dal bordo " +
		"sinistro e a {top} cm dal bordo superiore del foglio. Chi lo inquadra con la fotocamera del " +
		"telefono apre la pagina di verifica {address}.",
	logo: "Logo: ",

	purpose: section{
		heading: "A che cosa serve",
		text: []string{"Con questo foglio dimostra la sua condizione di disabilità senza mostrare il " +
			"verbale. La risposta non è scritta nel QR: chi controlla la chiede ogni volta all’ente. Così " +
			"è sempre aggiornata."},
	},
	privacy: section{
		heading: "Che cosa dice di lei",
		text: []string{
			"Nel QR non ci sono nome, codice fiscale, diagnosi o percentuale.",
			"Chi controlla vede se lei rientra nelle categorie previste, mai la diagnosi. Vede il grado o " +
				"la percentuale solo con il codice che lei riceve sul telefono.",
		},
	},
	person: section{
		heading: "Come si usa",
		steps: []string{
			"Mostri il QR, su carta o sul telefono, a chi le riconosce un beneficio.",
			"Dica il suo codice fiscale.",
			"Se servono più dati, riceve un codice sul telefono. Lo dica solo se è d’accordo.",
		},
	},
	checker: section{
		heading: "Per chi controlla",
		steps: []string{
			"Inquadri il QR con la fotocamera o apra il collegamento nel file PDF.",
			"Controlli che si apra la pagina di verifica indicata in questo foglio.",
			"Digiti il codice fiscale della persona.",
			"Legga la risposta: confermato, non confermato o non si può dire.",
		},
		text: []string{"Senza conferma non si può concludere che la persona non abbia una disabilità: " +
			"l’archivio può non avere tutti i verbali."},
	},
	loss: section{
		heading: "Se lo perde",
		text: []string{"Se perde il foglio o teme che qualcuno lo abbia copiato, lo annulli. I QR " +
			"precedenti non valgono più e ne riceve uno nuovo. Per annullarlo:"},
	},
	ask: "si rivolga all’ente che lo ha rilasciato.",
	touch: section{
		heading: "Come trovarlo al tatto",
		text: []string{"Il QR è in alto a sinistra. Tagli l’angolo in alto a sinistra del foglio, lungo la " +
			"linea tratteggiata. Quando l’angolo tagliato è in alto a sinistra, il QR è rivolto " +
			"verso di lei."},
	},
	fold: section{
		heading: "Come si fa la tessera",
		steps: []string{
			"Stampi questa pagina al 100 %, senza adattarla al foglio.",
			"Tagli lungo la linea continua.",
			"Pieghi lungo la linea tratteggiata, con il QR all’esterno.",
		},
	},
	feel: section{
		heading: "Come trovarlo al tatto",
		text: []string{"Dopo la piega, tagli l’angolo della tessera in alto a sinistra, lungo la linea " +
			"tratteggiata. Quando l’angolo tagliato è in alto a sinistra, il QR è rivolto verso di lei, " +
			"nella metà destra della tessera."},
	},
	cardWho: "Per chi controlla",
	card: [3]string{
		"Inquadri il QR e apra la pagina.",
		"Digiti il codice fiscale.",
		"Legga la risposta.",
	},
	cardSay: "Nel QR non ci sono nome, codice fiscale, diagnosi o percentuale.",
	cardEnd: "Se la perde, la annulli:",
}
