package status

import "slices"

// A Policy is how much of the first level an issuer discloses to whoever holds a QR and
// the codice fiscale.
type Policy string

// The policies. The zero Policy is PolicyCategories; an unknown one discloses as
// little as PolicyAny.
const (
	PolicyAny        Policy = "any"        // yes, without saying which category
	PolicyCategories Policy = "categories" // the categories
	PolicySubKinds   Policy = "subkinds"   // the categories and their sub-kinds
)

// An Answer is one of three. Whatever is neither of the first two, the zero value
// included, is CannotTell.
type Answer string

// The answers.
const (
	Confirmed    Answer = "confirmed"
	NotConfirmed Answer = "not_confirmed"
	CannotTell   Answer = "cannot_tell"
)

// A Reason is the one cause of an answer that is not a plain yes.
type Reason string

// The reasons; their codes are those of the verification contract.
const (
	// ReasonNotEntitled, with NotConfirmed: the registry misses nothing, and holds no
	// judgement in force.
	ReasonNotEntitled Reason = "not_entitled"
	// ReasonClassNotHeld, with CannotTell: what would decide is of a class that the
	// registry does not hold.
	ReasonClassNotHeld Reason = "class_not_held"
	// ReasonNeedsSecondLevel, with CannotTell: recognised, but in none of the six
	// categories: deafblindness, L. 68/1999, low vision, over 65 without a percentage.
	ReasonNeedsSecondLevel Reason = "needs_second_level"
	// ReasonNoStatusHere, with CannotTell: nothing in force in a registry that may
	// miss something.
	ReasonNoStatusHere Reason = "no_status_here"
)

// A FirstLevel is what the first level discloses. It never holds a percentage, nor
// anything that depends on one beyond the 34 % of [CategoryCivilInvalid]. The zero
// FirstLevel cannot tell.
type FirstLevel struct {
	Answer Answer
	Reason Reason // empty with Confirmed
	// Categories that the person is in, in the order of [Categories]; nil under
	// PolicyAny. SubKinds, in the order of [SubKinds]; nil unless under
	// PolicySubKinds; a judgement that does not say the sub-kind adds none.
	Categories []Category
	SubKinds   []SubKind
	// Complete says that a category that is not listed, under a policy that lists
	// them, is one that the person is not in. If false it cannot be told.
	Complete bool
}

// FirstLevel answers whether the person is in one of the six categories, as far as the
// policy discloses it. Only judgements in force count: a suspended one does not, one
// whose revision is pending does.
//
// The answer is Confirmed if there is a category. If there is none, it is
// NotConfirmed only where nothing is recognised in another way, the status is Complete
// and no judgement is of a class that is not held: a registry that may miss something
// can confirm and never deny.
func (s Status) FirstLevel(p Policy) FirstLevel {
	categories := s.categories()
	f := FirstLevel{Answer: CannotTell}
	recognised, notHeld := false, false
	for _, d := range s.Domains {
		recognised = recognised || d.InForce()
		notHeld = notHeld || d.State == StateNotHeld
	}
	f.Complete = s.Complete && !notHeld
	switch {
	case len(categories) > 0:
		f.Answer = Confirmed
	case notHeld:
		f.Reason = ReasonClassNotHeld
	case recognised:
		f.Reason = ReasonNeedsSecondLevel
	case !f.Complete:
		f.Reason = ReasonNoStatusHere
	default:
		f.Answer, f.Reason = NotConfirmed, ReasonNotEntitled
	}
	switch p {
	case PolicySubKinds:
		f.Categories, f.SubKinds = categories, s.subKinds()
	case PolicyCategories, "":
		f.Categories = categories
	}
	return f
}

// civilInvalidFrom is the least percentage of the first category, in per cent: "34 % or
// more" (INPS message 4019/2020), the first whole number above one third (L. 118/1971
// art. 2).
const civilInvalidFrom = 34

func (s Status) categories() []Category {
	var list []Category
	for _, c := range Categories() {
		if s.is(c) {
			list = append(list, c)
		}
	}
	return list
}

func (s Status) is(c Category) bool {
	civil := s.In(CivilInvalidity)
	facts := civil.Degree.Facts()
	switch c {
	case CategoryCivilInvalid:
		// People over 65 without a percentage are recognised but not in the list.
		low, _, ok := civil.Percentage()
		return civil.InForce() && ok && low >= civilInvalidFrom && (!facts.Over65 || civil.Percent != 0)
	case CategoryMinor:
		return civil.InForce() && facts.Minor && Age(s.Birth, s.At) < adultAge
	case CategoryAttendance:
		return civil.InForce() && facts.Attendance
	case CategoryBlind:
		blind := s.In(Blindness)
		return blind.InForce() && blind.Degree.Facts().SubKind != ""
	case CategoryDeaf:
		return s.In(Deafness).InForce()
	case CategoryLaw104:
		return s.In(Law104).InForce()
	}
	return false
}

func (s Status) subKinds() []SubKind {
	var list []SubKind
	for _, d := range s.Domains {
		if kind := d.Degree.Facts().SubKind; kind != "" && d.InForce() {
			list = append(list, kind)
		}
	}
	return list
}

// A Detail is what the second level discloses about one domain: the judgement, without
// dates and without a diagnosis.
type Detail struct {
	Domain Domain
	State  State
	// Outcome is zero where no judgement counts any more (StateRevoked,
	// StateCameOfAge) or is held (StateNotHeld).
	Outcome
	NotHeld Class // the class, where the state is StateNotHeld
}

// SecondLevel returns the detail of the domains asked for, of all if none is named, in
// the order of [Domains]. A domain about which nothing is held is left out: it cannot
// be told.
func (s Status) SecondLevel(domains ...Domain) []Detail {
	var list []Detail
	for _, d := range s.Domains {
		if d.State == StateAbsent || len(domains) > 0 && !slices.Contains(domains, d.Domain) {
			continue
		}
		detail := Detail{Domain: d.Domain, State: d.State, Outcome: d.Outcome, NotHeld: d.NotHeld}
		if d.State == StateRevoked || d.State == StateCameOfAge {
			detail.Outcome = Outcome{}
		}
		list = append(list, detail)
	}
	return list
}
