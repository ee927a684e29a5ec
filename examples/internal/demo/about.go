package demo

// about describes each persona in each language.
func about() map[string]map[string]string {
	return map[string]map[string]string{
		"mario": {
			"it": "Invalido civile al 74 %.",
			"en": "Civil invalid, 74 %.",
			"de": "Zivilinvalide, 74 %.",
			"fr": "Invalide civil à 74 %.",
			"sl": "Civilni invalid, 74 %.",
		},
		"giulia": {
			"it": "Minore invalida: per lei agisce il padre, Luca Bianchi.",
			"en": "A minor with a disability: her father, Luca Bianchi, acts for her.",
			"de": "Minderjährige mit Behinderung: für sie handelt ihr Vater, Luca Bianchi.",
			"fr": "Mineure handicapée : son père, Luca Bianchi, agit pour elle.",
			"sl": "Mladoletna invalidka: zanjo ukrepa oče Luca Bianchi.",
		},
		"luca": {
			"it": "Padre di Giulia e amministratore di sostegno di Anna: agisce per loro.",
			"en": "Giulia's father and Anna's guardian: he acts for both.",
			"de": "Vater von Giulia und Sachwalter von Anna: er handelt für beide.",
			"fr": "Père de Giulia et administrateur de soutien d’Anna : il agit pour elles.",
			"sl": "Giulijin oče in Annin skrbnik: ukrepa za obe.",
		},
		"anna": {
			"it": "Ha l’indennità di accompagnamento, dopo un aggravamento; per lei agisce Luca Bianchi.",
			"en": "Has the attendance allowance, after her condition got worse; Luca Bianchi acts for her.",
			"de": "Bezieht nach einer Verschlechterung das Begleitungsgeld; für sie handelt Luca Bianchi.",
			"fr": "Reçoit l’allocation d’accompagnement, après une aggravation ; Luca " +
				"Bianchi agit pour elle.",
			"sl": "Po poslabšanju prejema dodatek za spremstvo; zanjo ukrepa Luca Bianchi.",
		},
		"carlo": {
			"it": "Cieco assoluto.",
			"en": "Totally blind.",
			"de": "Vollblind.",
			"fr": "Aveugle total.",
			"sl": "Popolnoma slep.",
		},
		"klara": {
			"it": "Sorda dalla nascita; il suo documento è in tedesco.",
			"en": "Deaf from birth; her document is in German.",
			"de": "Von Geburt an gehörlos; ihr Dokument ist auf Deutsch.",
			"fr": "Sourde de naissance ; son document est en allemand.",
			"sl": "Gluha od rojstva; njen dokument je v nemščini.",
		},
		"jana": {
			"it": "Legge 104, art. 3 comma 3; il suo documento è in sloveno.",
			"en": "Law 104, art. 3 paragraph 3; her document is in Slovene.",
			"de": "Gesetz 104, Art. 3 Absatz 3; ihr Dokument ist auf Slowenisch.",
			"fr": "Loi 104, art. 3 alinéa 3 ; son document est en slovène.",
			"sl": "Zakon 104, člen 3, odstavek 3; njen dokument je v slovenščini.",
		},
		"helene": {
			"it": "Invalida al 67 %, con le annotazioni per parcheggio e auto; la data " +
				"di revisione è passata e nulla è perso.",
			"en": "67 %, with the notes for parking and for the car; the date of the " +
				"revision has passed and nothing is lost.",
			"de": "67 %, mit den Vermerken für Parken und Auto; der Revisionstermin ist " +
				"vorbei, und nichts ist verloren.",
			"fr": "67 %, avec les mentions pour le stationnement et la voiture ; la date " +
				"de révision est passée et rien n’est perdu.",
			"sl": "67 %, z zaznamkoma za parkiranje in avto; datum ponovnega pregleda je " +
				"mimo, izgubljeno ni nič.",
		},
		"marco": {
			"it": "Sordocieco: il primo livello non può dirlo, il secondo sì.",
			"en": "Deafblind: the first level cannot tell, the second can.",
			"de": "Taubblind: die erste Stufe kann es nicht sagen, die zweite schon.",
			"fr": "Sourd-aveugle : le premier niveau ne peut pas le dire, le second oui.",
			"sl": "Gluhoslep: prva stopnja tega ne more povedati, druga lahko.",
		},
		"rosa": {
			"it": "Ha solo un verbale di prima del 2010, che questo archivio non contiene.",
			"en": "Has only a decision from before 2010, which this archive does not hold.",
			"de": "Hat nur einen Bescheid von vor 2010, der in diesem Archiv nicht enthalten ist.",
			"fr": "N’a qu’un procès-verbal d’avant 2010, que ces archives ne contiennent pas.",
			"sl": "Ima samo zapisnik izpred leta 2010, ki ga v tej evidenci ni.",
		},
		"emma": {
			"it": "Non è in questo archivio.",
			"en": "Is not in this archive.",
			"de": "Steht nicht in diesem Archiv.",
			"fr": "N’est pas dans ces archives.",
			"sl": "Ni v tej evidenci.",
		},
		"paolo": {
			"it": "Ha perso il foglio e lo ha annullato: il vecchio QR è rifiutato.",
			"en": "Lost his paper and made it void: the old QR code is refused.",
			"de": "Hat sein Blatt verloren und für ungültig erklärt: der alte QR-Code wird abgelehnt.",
			"fr": "A perdu sa feuille et l’a annulée : l’ancien QR code est refusé.",
			"sl": "Izgubil je list in ga razveljavil: stara koda QR je zavrnjena.",
		},
		"silvia": {
			"it": "Pagamento sospeso: non si è presentata a una visita e ha 90 giorni per giustificarsi.",
			"en": "Payment suspended: she missed an examination and has 90 days to explain.",
			"de": "Auszahlung ausgesetzt: sie ist nicht zu einer Untersuchung erschienen " +
				"und hat 90 Tage, sich zu rechtfertigen.",
			"fr": "Paiement suspendu : elle ne s’est pas présentée à un examen et a 90 " +
				"jours pour se justifier.",
			"sl": "Izplačilo začasno zadržano: na pregled ni prišla in ima 90 dni za opravičilo.",
		},
		"giorgio": {
			"it": "Operatore: il suo accesso garantisce per il Museo Civico.",
			"en": "Operator: his login vouches for the Museo Civico.",
			"de": "Schalterkraft: seine Anmeldung bürgt für das Museo Civico.",
			"fr": "Opérateur : sa connexion garantit qu’il est du Museo Civico.",
			"sl": "Uslužbenec: njegova prijava jamči za Museo Civico.",
		},
		"laura": {
			"it": "Operatrice: dichiara lei stessa per quale ente lavora.",
			"en": "Operator: says herself which body she works for.",
			"de": "Schalterkraft: gibt selbst an, für welche Stelle sie arbeitet.",
			"fr": "Opératrice : déclare elle-même pour quel organisme elle travaille.",
			"sl": "Uslužbenka: sama navede, za katero ustanovo dela.",
		},
	}
}
