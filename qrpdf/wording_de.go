package qrpdf

var german = wording{
	lang:    "de",
	decimal: ",",
	date:    "{day}. {month} {year}",
	first:   "1",
	months: [12]string{"Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
		"Oktober", "November", "Dezember"},

	title:   "QR-Code zum Nachweis der Behinderung",
	subject: "Blatt mit einem QR-Code, mit dem der Status der Behinderung überprüft werden kann",

	issuer:  "Ausgestellt von",
	holder:  "Ausgestellt für",
	issued:  "Ausgestellt am",
	expires: "Gültig bis",
	address: "Prüfseite",
	contact: "Kontakt",

	open:  "Prüfseite öffnen",
	opens: "Öffnet die Prüfseite unter der Adresse {address}",
	symbol: "QR-Code: ein Quadrat aus schwarzen Punkten auf weißem Grund, {side} cm breit, {left} cm vom " +
		"linken Rand und {top} cm vom oberen Rand des Blattes entfernt. Wer ihn mit der Handykamera " +
		"erfasst, öffnet die Prüfseite {address}.",
	logo: "Logo: ",

	purpose: section{
		heading: "Wozu es dient",
		text: []string{"Mit diesem Blatt weisen Sie Ihre Behinderung nach, ohne den Bescheid zu zeigen. " +
			"Die Antwort steht nicht im QR-Code: Wer prüft, fragt jedes Mal bei der Stelle nach. So ist " +
			"sie immer aktuell."},
	},
	privacy: section{
		heading: "Was es über Sie sagt",
		text: []string{
			"Der QR-Code enthält weder Namen noch Steuernummer, Diagnose oder Prozentsatz.",
			"Wer prüft, sieht, ob Sie zu einer der Kategorien gehören, nie die Diagnose. Grad oder " +
				"Prozentsatz sieht er nur mit dem Code, den Sie auf das Handy bekommen.",
		},
	},
	person: section{
		heading: "So verwenden Sie es",
		steps: []string{
			"Zeigen Sie den QR-Code, auf Papier oder am Handy, wenn Sie eine Vergünstigung beantragen.",
			"Nennen Sie Ihre Steuernummer.",
			"Braucht es mehr Daten, bekommen Sie einen Code auf das Handy. Nennen Sie ihn nur, wenn Sie " +
				"einverstanden sind.",
		},
	},
	checker: section{
		heading: "Für alle, die prüfen",
		steps: []string{
			"Erfassen Sie den QR-Code mit der Kamera oder öffnen Sie den Link im PDF.",
			"Prüfen Sie, ob sich die auf diesem Blatt genannte Prüfseite öffnet.",
			"Geben Sie die Steuernummer ein.",
			"Lesen Sie die Antwort: bestätigt, nicht bestätigt oder keine Aussage möglich.",
		},
		text: []string{"Keine Bestätigung heißt nicht, dass die Person keine Behinderung hat: Im Archiv " +
			"können Bescheide fehlen."},
	},
	loss: section{
		heading: "Wenn Sie es verlieren",
		text: []string{"Wenn Sie das Blatt verlieren oder fürchten, dass jemand es kopiert hat, erklären " +
			"Sie es für ungültig. Frühere QR-Codes gelten dann nicht mehr, und Sie erhalten einen neuen. " +
			"So geht es:"},
	},
	ask: "Wenden Sie sich an die Stelle, die es ausgestellt hat.",
	touch: section{
		heading: "So finden Sie ihn durch Tasten",
		text: []string{"Der QR-Code ist oben links. Schneiden Sie die linke obere Ecke des Blattes entlang " +
			"der gestrichelten Linie ab. Ist die abgeschnittene Ecke oben links, dann zeigt der QR-Code zu " +
			"Ihnen."},
	},
	fold: section{
		heading: "So entsteht die Karte",
		steps: []string{
			"Drucken Sie diese Seite mit 100 %, nicht an das Papier angepasst.",
			"Schneiden Sie entlang der durchgezogenen Linie.",
			"Falten Sie entlang der gestrichelten Linie, mit dem QR-Code nach außen.",
		},
	},
	feel: section{
		heading: "So finden Sie ihn durch Tasten",
		text: []string{"Schneiden Sie nach dem Falten die linke obere Ecke der Karte entlang der " +
			"gestrichelten Linie ab. Ist die abgeschnittene Ecke oben links, dann zeigt der QR-Code zu " +
			"Ihnen, in der rechten Hälfte der Karte."},
	},
	cardWho: "Für alle, die prüfen",
	card: [3]string{
		"QR-Code erfassen, Seite öffnen.",
		"Steuernummer eingeben.",
		"Antwort lesen.",
	},
	cardSay: "Der QR-Code enthält weder Namen noch Steuernummer, Diagnose oder Prozentsatz.",
	cardEnd: "Bei Verlust für ungültig erklären:",
}
