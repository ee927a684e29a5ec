package qrpdf

var english = wording{
	lang:    "en",
	decimal: ".",
	date:    "{day} {month} {year}",
	first:   "1",
	months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"},

	title:   "QR code of disability status",
	subject: "Paper with a QR code by which a disability status can be verified",

	issuer:  "Issued by",
	holder:  "Issued to",
	issued:  "Date of issue",
	expires: "Valid until",
	address: "Verification page",
	contact: "Contact",

	open:  "Open the verification page",
	opens: "Opens the verification page at {address}",
	symbol: "QR code: a square of black dots on white, {side} cm wide, {left} cm from the left edge and " +
		"{top} cm from the top edge of the paper. Framing it with a phone’s camera opens the verification " +
		"page {address}.",
	logo: "Logo: ",

	purpose: section{
		heading: "What it is for",
		text: []string{"With this paper you prove your disability status without showing the decision. The " +
			"answer is not written in the QR code: those who check ask the issuer each time. So it is " +
			"always up to date."},
	},
	privacy: section{
		heading: "What it says about you",
		text: []string{
			"The QR code holds no name, no codice fiscale, no diagnosis and no percentage.",
			"Those who check see whether you are in one of the categories, never the diagnosis. They see " +
				"the degree or the percentage only with the code that you get on your phone.",
		},
	},
	person: section{
		heading: "How to use it",
		steps: []string{
			"Show the QR code, on paper or on your phone, to those who grant you a benefit.",
			"Tell them your codice fiscale.",
			"If more is needed, you get a code on your phone. Tell it only if you agree.",
		},
	},
	checker: section{
		heading: "For those who check",
		steps: []string{
			"Frame the QR code with a camera or open the link in the PDF file.",
			"Make sure that the verification page named on this paper opens.",
			"Type the person’s codice fiscale.",
			"Read the answer: confirmed, not confirmed or cannot tell.",
		},
		text: []string{"No confirmation does not mean that the person has no disability: the archive may " +
			"not hold every decision."},
	},
	loss: section{
		heading: "If you lose it",
		text: []string{"If you lose the paper or fear that somebody copied it, void it. Earlier QR codes " +
			"are then no longer valid, and you get a new one. To void it:"},
	},
	ask: "contact the issuer.",
	touch: section{
		heading: "How to find it by touch",
		text: []string{"The QR code is at the top left. Cut off the top left corner of the paper along the " +
			"dashed line. When the cut corner is at the top left, the QR code faces you."},
	},
	fold: section{
		heading: "How to make the card",
		steps: []string{
			"Print this page at 100%, not fitted to the paper.",
			"Cut along the solid line.",
			"Fold along the dashed line, with the QR code outside.",
		},
	},
	feel: section{
		heading: "How to find it by touch",
		text: []string{"After folding, cut off the top left corner of the card along the dashed line. When " +
			"the cut corner is at the top left, the QR code faces you, in the right half of the card."},
	},
	cardWho: "For those who check",
	card: [3]string{
		"Frame the QR code and open the page.",
		"Type the codice fiscale.",
		"Read the answer.",
	},
	cardSay: "The QR code holds no name, codice fiscale, diagnosis or percentage.",
	cardEnd: "If you lose it, void it:",
}
