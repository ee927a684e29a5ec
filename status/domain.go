package status

import "slices"

// A Domain is one of the things that a commission can judge, each under its own law and on its
// own paper.
type Domain string

// The domains. Their codes are stable and are never reused.
const (
	// CivilInvalidity is civil invalidity: L. 118/1971; for minors L. 289/1990; for people over
	// 65 D.Lgs. 124/1998.
	CivilInvalidity Domain = "civil_invalidity"
	// Blindness is that of L. 66/1962 and L. 382/1970, with the classes of L. 138/2001.
	Blindness Domain = "blindness"
	// Deafness is that of L. 381/1970 as changed by L. 95/2006.
	Deafness Domain = "deafness"
	// Deafblindness is that of L. 107/2010 as changed by L. 182/2025 art. 63. It is a disability
	// of its own, distinct from the sum of blindness and deafness, and is never derived from
	// them.
	Deafblindness Domain = "deafblindness"
	// Law104 is the handicap of L. 104/1992 art. 3, called condition of disability since 30 June
	// 2024 (D.Lgs. 62/2024).
	Law104 Domain = "law_104"
	// Law68 is targeted employment: L. 68/1999.
	Law68 Domain = "law_68"
	// SchoolInclusion is disability in the developmental age for inclusion at school: D.Lgs.
	// 66/2017 art. 5; L. 104/1992 art. 12.
	SchoolInclusion Domain = "school_inclusion"
)

// domainCount is the number of constants above.
const domainCount = 7

// allDomains must not be written to.
var allDomains = [domainCount]Domain{
	CivilInvalidity, Blindness, Deafness, Deafblindness, Law104, Law68, SchoolInclusion,
}

// Domains returns every Domain, in the order of the constants. The slice belongs to the
// caller.
func Domains() []Domain { return slices.Clone(allDomains[:]) }

func (d Domain) index() int { return slices.Index(allDomains[:], d) }

// A Category is one of the six categories of the first level, as listed in INPS message
// 4019/2020.
type Category string

// The categories. Their codes are stable and are never reused.
const (
	// CategoryCivilInvalid is civil invalidity of 34 % or more (L. 118/1971 art. 2; D.Lgs.
	// 509/1988), including the bands 67-99 and 100 of D.Lgs. 124/1998 art. 5 c. 7.
	CategoryCivilInvalid Category = "civil_invalid"
	// CategoryMinor is an invalid minor, until the 18th birthday (L. 118/1971 art. 2 c. 2; L.
	// 289/1990).
	CategoryMinor Category = "minor"
	// CategoryAttendance is the indennità di accompagnamento of civil invalids (L. 18/1980; L.
	// 508/1988). Totally blind people have theirs under another law (L. 406/1968): see
	// [SubKindBlindTotal].
	CategoryAttendance Category = "attendance"
	// CategoryBlind is partial or total blindness (L. 382/1970). It does not include a residue of
	// one tenth, severe low vision and less. It includes deafblindness recognised before 18
	// December 2025, as does CategoryDeaf: L. 107/2010 art. 2 then required both recognitions.
	CategoryBlind Category = "blind"
	// CategoryDeaf is deafness, congenital or acquired in the developmental age (L. 381/1970).
	CategoryDeaf Category = "deaf"
	// CategoryLaw104 is the handicap of L. 104/1992 art. 3.
	CategoryLaw104 Category = "law_104"
)

// Categories returns every Category, in the order of INPS message 4019/2020.
func Categories() []Category {
	return []Category{CategoryCivilInvalid, CategoryMinor, CategoryAttendance, CategoryBlind, CategoryDeaf,
		CategoryLaw104}
}

// A SubKind distinguishes two kinds within a category.
type SubKind string

// The sub-kinds. Their codes are stable and are never reused.
const (
	SubKindBlindPartial   SubKind = "blind_partial"   // L. 382/1970; L. 138/2001 art. 3
	SubKindBlindTotal     SubKind = "blind_total"     // L. 382/1970; L. 138/2001 art. 2
	SubKindDeafCongenital SubKind = "deaf_congenital" // L. 381/1970 art. 1
	SubKindDeafAcquired   SubKind = "deaf_acquired"   // L. 381/1970 art. 1, in the developmental age
	SubKindLaw104C1       SubKind = "law_104_c1"      // L. 104/1992 art. 3 c. 1
	SubKindLaw104C3       SubKind = "law_104_c3"      // L. 104/1992 art. 3 c. 3
)

// SubKinds returns every SubKind, in the order of [Categories].
func SubKinds() []SubKind {
	return []SubKind{SubKindBlindPartial, SubKindBlindTotal, SubKindDeafCongenital, SubKindDeafAcquired,
		SubKindLaw104C1, SubKindLaw104C3}
}
