package qrpdf

var french = wording{
	lang:    "fr",
	decimal: ",",
	date:    "{day} {month} {year}",
	first:   "1er",
	months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
		"octobre", "novembre", "décembre"},

	title:   "QR code de la situation de handicap",
	subject: "Feuille avec un QR code qui permet de vérifier la situation de handicap",

	issuer:  "Délivré par",
	holder:  "Délivré à",
	issued:  "Date de délivrance",
	expires: "Valable jusqu’au",
	address: "Page de vérification",
	contact: "Contact",

	open:  "Ouvrir la page de vérification",
	opens: "Ouvre la page de vérification à l’adresse {address}",
	symbol: "QR code\u00a0: un carré de points noirs sur fond blanc, large de {side} cm, à {left} cm du " +
		"bord gauche et à {top} cm du bord supérieur de la feuille. Le viser avec l’appareil photo du " +
		"téléphone ouvre la page de vérification {address}.",
	logo: "Logo\u00a0: ",

	purpose: section{
		heading: "À quoi elle sert",
		text: []string{"Avec cette feuille, vous prouvez votre situation de handicap sans montrer le " +
			"procès-verbal. La réponse n’est pas écrite dans le QR code\u00a0: qui contrôle la demande " +
			"chaque fois à l’organisme. Elle est donc toujours à jour."},
	},
	privacy: section{
		heading: "Ce qu’elle dit de vous",
		text: []string{
			"Le QR code ne contient ni nom, ni code fiscal, ni diagnostic, ni pourcentage.",
			"Qui contrôle voit si vous relevez des catégories prévues, jamais le diagnostic. Il voit le " +
				"degré ou le pourcentage seulement avec le code que vous recevez sur votre téléphone.",
		},
	},
	person: section{
		heading: "Comment l’utiliser",
		steps: []string{
			"Montrez le QR code, sur papier ou sur le téléphone, à qui vous accorde un avantage.",
			"Dites votre code fiscal.",
			"S’il faut plus de données, vous recevez un code sur votre téléphone. Dites-le seulement si " +
				"vous êtes d’accord.",
		},
	},
	checker: section{
		heading: "Pour qui contrôle",
		steps: []string{
			"Visez le QR code avec l’appareil photo ou ouvrez le lien dans le fichier PDF.",
			"Vérifiez que la page de vérification indiquée sur cette feuille s’ouvre.",
			"Saisissez le code fiscal de la personne.",
			"Lisez la réponse\u00a0: confirmé, non confirmé ou impossible à dire.",
		},
		text: []string{"Sans confirmation, on ne peut pas conclure que la personne n’a pas de " +
			"handicap\u00a0: des procès-verbaux peuvent manquer dans les archives."},
	},
	loss: section{
		heading: "Si vous la perdez",
		text: []string{"Si vous perdez la feuille ou craignez que quelqu’un l’ait copiée, annulez-la. Les " +
			"QR codes précédents ne sont plus valables et vous en recevez un nouveau. Pour l’annuler\u00a0:"},
	},
	ask: "adressez-vous à l’organisme qui l’a délivrée.",
	touch: section{
		heading: "Comment le trouver au toucher",
		text: []string{"Le QR code est en haut à gauche. Coupez le coin supérieur gauche de la feuille le " +
			"long de la ligne pointillée. Quand le coin coupé est en haut à gauche, le QR code est tourné " +
			"vers vous."},
	},
	fold: section{
		heading: "Comment faire la carte",
		steps: []string{
			"Imprimez cette page à 100\u00a0%, sans l’ajuster au papier.",
			"Coupez le long de la ligne continue.",
			"Pliez le long de la ligne pointillée, le QR code à l’extérieur.",
		},
	},
	feel: section{
		heading: "Comment le trouver au toucher",
		text: []string{"Après le pli, coupez le coin supérieur gauche de la carte le long de la ligne " +
			"pointillée. Quand le coin coupé est en haut à gauche, le QR code est tourné vers vous, dans " +
			"la moitié droite de la carte."},
	},
	cardWho: "Pour qui contrôle",
	card: [3]string{
		"Visez le QR code et ouvrez la page.",
		"Saisissez le code fiscal.",
		"Lisez la réponse.",
	},
	cardSay: "Le QR code ne contient ni nom, ni code fiscal, ni diagnostic, ni pourcentage.",
	cardEnd: "En cas de perte, annulez-la\u00a0:",
}
