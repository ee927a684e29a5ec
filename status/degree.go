package status

// A Degree is the conclusion of a commission, one of a closed set. A verbale expresses it in a
// formula of several lines. Two formulas that give the same rights have the same Degree;
// [Formula] keeps the code of the formula.
type Degree string

// DegreeNone is the negative judgement, in every domain: in civil invalidity less than one third
// (L. 118/1971 art. 2), elsewhere the requirements of the law are not met.
const DegreeNone Degree = "not_recognised"

// Civil invalidity of adults: L. 118/1971 art. 2, 12 and 13; D.Lgs. 509/1988. The last two
// give the indennità di accompagnamento: L. 18/1980 art. 1, L. 508/1988.
const (
	DegreeOverThird     Degree = "ic_over_third"      // above one third: 34 to 66 %
	DegreeOverTwoThirds Degree = "ic_over_two_thirds" // above two thirds: 67 to 99 %
	// the printed band 34 to 73 %: below the monthly allowance
	DegreeBand34To73 Degree = "ic_band_34_73"
	// the printed band 74 to 99 %: L. 118/1971 art. 13, D.Lgs. 509/1988 art. 9
	DegreeBand74To99     Degree = "ic_band_74_99"
	DegreeTotal          Degree = "ic_total"            // 100 %
	DegreeTotalWalking   Degree = "ic_total_walking"    // 100 %, cannot walk without help
	DegreeTotalDailyActs Degree = "ic_total_daily_acts" // 100 %, cannot do the acts of daily life
)

// Civil invalidity of minors, without a percentage except for people of 16 and 17 who look for
// work (L. 68/1999 art. 1): L. 118/1971 art. 2 c. 2, L. 289/1990. The last two give the indennità
// di accompagnamento: L. 18/1980 art. 1, L. 508/1988.
const (
	DegreeMinorDifficulty Degree = "ic_minor_difficulty" // persistent difficulties in the tasks of their age
	DegreeMinorHearing    Degree = "ic_minor_hearing"    // hearing loss above 60 dB in the better ear
	DegreeMinorWalking    Degree = "ic_minor_walking"    // cannot walk without help
	DegreeMinorDailyActs  Degree = "ic_minor_daily_acts" // cannot do the acts of daily life
)

// Civil invalidity of people past working age, often without a percentage: the bands of
// D.Lgs. 124/1998 art. 5 c. 7. The last two give the indennità di accompagnamento: L. 18/1980
// art. 1, L. 508/1988.
const (
	DegreeOver65Mild      Degree = "ic_over65_mild"       // mild difficulties: 34 to 66 %
	DegreeOver65Medium    Degree = "ic_over65_medium"     // medium difficulties: 67 to 99 %
	DegreeOver65Severe    Degree = "ic_over65_severe"     // severe difficulties: 100 %
	DegreeOver65Walking   Degree = "ic_over65_walking"    // cannot walk without help
	DegreeOver65DailyActs Degree = "ic_over65_daily_acts" // cannot do the acts of daily life
)

// Blindness: L. 66/1962, L. 382/1970 and the technical classes of L. 138/2001. The residue is
// that of the better eye with correction, and the field is the binocular one.
const (
	// L. 138/2001 art. 2: none, shadow and light, hand motion; field below 3 %
	DegreeBlindTotal Degree = "blind_total"
	// L. 138/2001 art. 3: up to 1/20; field below 10 %
	DegreeBlindPartial Degree = "blind_partial"
	DegreeBlindTenth   Degree = "blind_tenth" // L. 66/1962, residual category: up to 1/10
	// L. 138/2001 art. 4: up to 1/10; field below 30 %
	DegreeLowVisionSevere Degree = "low_vision_severe"
	// L. 138/2001 art. 5: up to 2/10; field below 50 %
	DegreeLowVisionMedSevere Degree = "low_vision_medium_severe"
	// L. 138/2001 art. 6: up to 3/10; field below 60 %
	DegreeLowVisionMild Degree = "low_vision_mild"
)

// Deafness: L. 381/1970 art. 1 as changed by L. 95/2006, from 75 dB (60 dB under the
// age of 12). Deafness that began after the 12th birthday is civil invalidity.
const (
	DegreeDeafCongenital Degree = "deaf_congenital" // from birth
	DegreeDeafAcquired   Degree = "deaf_acquired"   // in the developmental age, up to 12 years
	DegreeDeaf           Degree = "deaf"            // one of the two; the verbale does not say which
)

// Deafblindness: L. 107/2010 as changed by L. 182/2025 art. 63, in force since 18 December 2025,
// which no longer considers the age at which it began.
const (
	DegreeDeafblind Degree = "deafblind" // deafness from birth or the developmental age
	// deafness that came later: the allowances for the deaf are not due
	DegreeDeafblindLate Degree = "deafblind_late_deafness"
)

// L. 104/1992 art. 3, and the levels of support of D.Lgs. 62/2024 art. 3: the first two fall
// under c. 1 and the last two under c. 3.
const (
	DegreeLaw104C1 Degree = "law_104_c1"
	// c. 1 with an invalidity above two thirds: L. 104/1992 art. 21
	DegreeLaw104C1Art21   Degree = "law_104_c1_art_21"
	DegreeLaw104C3        Degree = "law_104_c3"
	DegreeSupportMild     Degree = "support_mild"
	DegreeSupportMedium   Degree = "support_medium"
	DegreeSupportHigh     Degree = "support_high"
	DegreeSupportVeryHigh Degree = "support_very_high"
)

// DegreeTargetedEmployment is targeted employment, with the relazione conclusiva: L. 68/1999 art.
// 1.
const DegreeTargetedEmployment Degree = "targeted_employment"

// DegreeSchoolInclusion is disability recognised for inclusion at school: D.Lgs. 66/2017 art. 5.
const DegreeSchoolInclusion Degree = "school_inclusion"

// Facts are what the law attaches to a degree.
type Facts struct {
	// Domain is the domain of the degree; empty for DegreeNone, which exists in all.
	Domain Domain
	// Low and High bound the percentage of civil invalidity, both included, or are zero if the
	// law has none. For people over 65 some sources print the bands of D.Lgs. 124/1998 with 33
	// and 66 as lower ends.
	Low, High int
	// SubKind is the sub-kind of the degree at the first level; may be empty.
	SubKind SubKind
	// Attendance says that the degree gives the indennità di accompagnamento of civil invalids
	// (L. 18/1980 art. 1; L. 508/1988).
	Attendance bool
	// Minor marks a judgement for people under 18, Over65 one for people past working age: 65 in
	// the old texts, 67 today.
	Minor, Over65 bool
}

// degrees must not be written to.
var degrees = map[Degree]Facts{
	DegreeNone: {Low: 0, High: 33},

	DegreeOverThird:       {Domain: CivilInvalidity, Low: 34, High: 66},
	DegreeOverTwoThirds:   {Domain: CivilInvalidity, Low: 67, High: 99},
	DegreeBand34To73:      {Domain: CivilInvalidity, Low: 34, High: 73},
	DegreeBand74To99:      {Domain: CivilInvalidity, Low: 74, High: 99},
	DegreeTotal:           {Domain: CivilInvalidity, Low: 100, High: 100},
	DegreeTotalWalking:    {Domain: CivilInvalidity, Low: 100, High: 100, Attendance: true},
	DegreeTotalDailyActs:  {Domain: CivilInvalidity, Low: 100, High: 100, Attendance: true},
	DegreeMinorDifficulty: {Domain: CivilInvalidity, Minor: true},
	DegreeMinorHearing:    {Domain: CivilInvalidity, Minor: true},
	DegreeMinorWalking:    {Domain: CivilInvalidity, Minor: true, Attendance: true},
	DegreeMinorDailyActs:  {Domain: CivilInvalidity, Minor: true, Attendance: true},
	DegreeOver65Mild:      {Domain: CivilInvalidity, Low: 34, High: 66, Over65: true},
	DegreeOver65Medium:    {Domain: CivilInvalidity, Low: 67, High: 99, Over65: true},
	DegreeOver65Severe:    {Domain: CivilInvalidity, Low: 100, High: 100, Over65: true},
	DegreeOver65Walking:   {Domain: CivilInvalidity, Low: 100, High: 100, Over65: true, Attendance: true},
	DegreeOver65DailyActs: {Domain: CivilInvalidity, Low: 100, High: 100, Over65: true, Attendance: true},

	DegreeBlindTotal:         {Domain: Blindness, SubKind: SubKindBlindTotal},
	DegreeBlindPartial:       {Domain: Blindness, SubKind: SubKindBlindPartial},
	DegreeBlindTenth:         {Domain: Blindness},
	DegreeLowVisionSevere:    {Domain: Blindness},
	DegreeLowVisionMedSevere: {Domain: Blindness},
	DegreeLowVisionMild:      {Domain: Blindness},

	DegreeDeafCongenital: {Domain: Deafness, SubKind: SubKindDeafCongenital},
	DegreeDeafAcquired:   {Domain: Deafness, SubKind: SubKindDeafAcquired},
	DegreeDeaf:           {Domain: Deafness},

	DegreeDeafblind:     {Domain: Deafblindness},
	DegreeDeafblindLate: {Domain: Deafblindness},

	DegreeLaw104C1:        {Domain: Law104, SubKind: SubKindLaw104C1},
	DegreeLaw104C1Art21:   {Domain: Law104, SubKind: SubKindLaw104C1},
	DegreeLaw104C3:        {Domain: Law104, SubKind: SubKindLaw104C3},
	DegreeSupportMild:     {Domain: Law104, SubKind: SubKindLaw104C1},
	DegreeSupportMedium:   {Domain: Law104, SubKind: SubKindLaw104C1},
	DegreeSupportHigh:     {Domain: Law104, SubKind: SubKindLaw104C3},
	DegreeSupportVeryHigh: {Domain: Law104, SubKind: SubKindLaw104C3},

	DegreeTargetedEmployment: {Domain: Law68},

	DegreeSchoolInclusion: {Domain: SchoolInclusion},
}

// Facts returns what the law attaches to the degree, or the zero Facts for an unknown degree.
func (d Degree) Facts() Facts { return degrees[d] }

// Degrees returns every Degree that a verbale in the domain can have, DegreeNone first, then in
// the order of the constants. It returns nil for an unknown domain.
func Degrees(domain Domain) []Degree {
	if domain.index() < 0 {
		return nil
	}
	list := []Degree{DegreeNone}
	for _, d := range [...]Degree{
		DegreeOverThird, DegreeOverTwoThirds, DegreeBand34To73, DegreeBand74To99,
		DegreeTotal, DegreeTotalWalking, DegreeTotalDailyActs,
		DegreeMinorDifficulty, DegreeMinorHearing, DegreeMinorWalking, DegreeMinorDailyActs,
		DegreeOver65Mild, DegreeOver65Medium, DegreeOver65Severe, DegreeOver65Walking, DegreeOver65DailyActs,
		DegreeBlindTotal, DegreeBlindPartial, DegreeBlindTenth,
		DegreeLowVisionSevere, DegreeLowVisionMedSevere, DegreeLowVisionMild,
		DegreeDeafCongenital, DegreeDeafAcquired, DegreeDeaf,
		DegreeDeafblind, DegreeDeafblindLate,
		DegreeLaw104C1, DegreeLaw104C1Art21, DegreeLaw104C3,
		DegreeSupportMild, DegreeSupportMedium, DegreeSupportHigh, DegreeSupportVeryHigh,
		DegreeTargetedEmployment, DegreeSchoolInclusion,
	} {
		if degrees[d].Domain == domain {
			list = append(list, d)
		}
	}
	return list
}
