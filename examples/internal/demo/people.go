package demo

import "github.com/qr-invalidita/attesta/status"

func citizens() []Persona {
	return []Persona{{
		ID: "mario", Given: "Mario", Family: "Rossi", CF: code("RSSMRA80A01H501U"), Birth: 19800101,
		Phone: "+393510000101", Email: "mario.rossi@example.it", Lang: "it",
		Verbali: []status.Verbale{
			civil("IC/2021/0101", status.KindFirst, 20210315, status.DegreeOverTwoThirds, 74, "5"),
		},
	}, {
		ID: "giulia", Given: "Giulia", Family: "Bianchi", CF: code("BNCGLI16E52M999U"), Birth: 20160512,
		Phone: "+393510000103", Email: "luca.bianchi@example.it", Lang: "it",
		Verbali: []status.Verbale{
			judged("IC/2023/0102", status.CivilInvalidity, status.KindFirst, 20230208,
				status.Outcome{Degree: status.DegreeMinorDifficulty}),
		},
	}, {
		ID: "luca", Given: "Luca", Family: "Bianchi", CF: code("BNCLCU84P03M999U"), Birth: 19840903,
		Phone: "+393510000103", Email: "luca.bianchi@example.it", Lang: "it",
		Wards: []string{"giulia", "anna"},
	}, {
		ID: "anna", Given: "Anna", Family: "Neri", CF: code("NRENNA41B60M999D"), Birth: 19410220,
		Phone: "+393510000103", Email: "luca.bianchi@example.it", Lang: "it",
		Verbali: []status.Verbale{
			judged("IC/2015/0104", status.CivilInvalidity, status.KindFirst, 20150611,
				status.Outcome{Degree: status.DegreeOver65Medium}),
			judged("IC/2022/0104", status.CivilInvalidity, status.KindWorsening, 20220920,
				status.Outcome{Degree: status.DegreeOver65DailyActs}),
		},
	}, {
		ID: "carlo", Given: "Carlo", Family: "Verdi", CF: code("VRDCRL68S07M999O"), Birth: 19681107,
		Phone: "+393510000105", Email: "carlo.verdi@example.it", Lang: "it",
		Verbali: []status.Verbale{
			judged("CC/2012/0105", status.Blindness, status.KindFirst, 20121004, status.Outcome{
				Degree:      status.DegreeBlindTotal,
				Annotations: status.Annotations{Parking: status.Yes, Blind: status.Yes},
			}),
		},
	}, {
		ID: "klara", Given: "Klara", Family: "Mayr", CF: code("MYRKLR92D55M999K"), Birth: 19920415,
		Phone: "+393510000106", Email: "klara.mayr@example.it", Lang: "de",
		Verbali: []status.Verbale{
			judged("S/2011/0106", status.Deafness, status.KindFirst, 20110518,
				status.Outcome{Degree: status.DegreeDeafCongenital}),
		},
	}, {
		ID: "jana", Given: "Jana", Family: "Novak", CF: code("NVKJNA75H68M999R"), Birth: 19750628,
		Phone: "+393510000107", Email: "jana.novak@example.it", Lang: "sl",
		Verbali: []status.Verbale{
			judged("H/2019/0107", status.Law104, status.KindFirst, 20191112, status.Outcome{
				Degree: status.DegreeLaw104C3, Annotations: status.Annotations{Parking: status.Yes},
			}),
		},
	}, {
		ID: "helene", Given: "Hélène", Family: "Favre", CF: code("FVRHLN59T49M999I"), Birth: 19591209,
		Phone: "+393510000108", Email: "helene.favre@example.it", Lang: "fr",
		Verbali: []status.Verbale{annotated()},
	}, {
		ID: "marco", Given: "Marco", Family: "Fontana", CF: code("FNTMRC87C22M999H"), Birth: 19870322,
		Phone: "+393510000109", Email: "marco.fontana@example.it", Lang: "it",
		Verbali: []status.Verbale{
			judged("SC/2026/0109", status.Deafblindness, status.KindFirst, 20260108,
				status.Outcome{Degree: status.DegreeDeafblind}),
		},
	}, {
		ID: "rosa", Given: "Rosa", Family: "Greco", CF: code("GRCRSO52M45M999L"), Birth: 19520805,
		Phone: "+393510000110", Email: "rosa.greco@example.it", Lang: "it",
		Verbali: []status.Verbale{{
			ID: "IC/2004/0110", Domain: status.CivilInvalidity, Kind: status.KindFirst, Decision: 20041231,
			Effect: 20041231, Definitive: true, NotHeld: status.ClassBefore2010,
		}},
	}, {
		ID: "emma", Given: "Emma", Family: "Brown", CF: code("BRWMME90R57M999F"), Birth: 19901017, Lang: "en",
	}, {
		ID: "paolo", Given: "Paolo", Family: "Marino", CF: code("MRNPLA71L14M999N"), Birth: 19710714,
		Phone: "+393510000112", Email: "paolo.marino@example.it", Lang: "it", Void: true,
		Verbali: []status.Verbale{
			civil("IC/2020/0112", status.KindFirst, 20200224, status.DegreeOverTwoThirds, 80, "5"),
		},
	}, {
		ID: "silvia", Given: "Silvia", Family: "Costa", CF: code("CSTSLV65A70M999Q"), Birth: 19650130,
		Phone: "+393510000113", Email: "silvia.costa@example.it", Lang: "it",
		Verbali: []status.Verbale{
			civil("IC/2017/0113", status.KindFirst, 20170913, status.DegreeOverThird, 50, "4"),
			{ID: "SO/2026/0113", Domain: status.CivilInvalidity, Kind: status.KindSuspension,
				Decision: 20260910, Effect: 20260910, Definitive: true},
		},
	}}
}

func operators() []Persona {
	return []Persona{{
		ID: "giorgio", Given: "Giorgio", Family: "Ricci", CF: code("RCCGRG78E02M999H"), Birth: 19780502,
		Lang: "it", Operator: true, Organisation: "Museo Civico",
		OrganisationCode: "museo_prova",
	}, {
		ID: "laura", Given: "Laura", Family: "Moretti", CF: code("MRTLRA88T51M999V"), Birth: 19881211,
		Lang: "it", Operator: true,
	}}
}

// judged returns a definitive judgement that counts from the day of its decision.
func judged(id string, domain status.Domain, kind status.Kind, day status.Date,
	outcome status.Outcome) status.Verbale {
	return status.Verbale{ID: id, Domain: domain, Kind: kind, Decision: day, Effect: day, Definitive: true,
		Number: id, Body: "INPS, commissione medica di prova", Outcome: outcome}
}

func civil(id string, kind status.Kind, day status.Date, degree status.Degree, percent int,
	formula string) status.Verbale {
	return judged(id, status.CivilInvalidity, kind, day, status.Outcome{
		Degree: degree, Percent: percent, Formula: status.Formula{Scheme: status.SchemeVerbale,
			Code: formula},
	})
}

// annotated returns a verbale with all annotations of art. 4 DL 5/2012 and the date of a
// revision that did not take place.
func annotated() status.Verbale {
	v := civil("IC/2019/0108", status.KindRevision, 20190604, status.DegreeOverTwoThirds, 67, "5")
	v.Outcome.Annotations = status.NoAnnotations()
	v.Outcome.Annotations.Parking, v.Outcome.Annotations.ReducedMobility = status.Yes, status.Yes
	v.Revision = 20240630
	return v
}
