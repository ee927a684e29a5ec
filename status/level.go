package status

import "slices"

// A Policy is how much of the first level an issuer discloses to a desk that has a person's QR
// and codice fiscale.
type Policy string

// The policies. The zero Policy means PolicyCategories. An unknown one discloses as little as
// PolicyAny.
const (
	PolicyAny        Policy = "any"        // yes, without saying which category
	PolicyCategories Policy = "categories" // the categories
	PolicySubKinds   Policy = "subkinds"   // the categories and their sub-kinds
)

// An Answer is one of three. The zero value and every unknown value mean CannotTell.
type Answer string

// The answers.
const (
	Confirmed    Answer = "confirmed"
	NotConfirmed Answer = "not_confirmed"
	CannotTell   Answer = "cannot_tell"
)

// A Reason is the one cause of an answer that is not Confirmed.
type Reason string

// The reasons. Their codes are those of the verification contract.
const (
	// ReasonNotEntitled comes with NotConfirmed: the registry misses nothing and holds no
	// judgement in force.
	ReasonNotEntitled Reason = "not_entitled"
	// ReasonClassNotHeld comes with CannotTell: the deciding event is of a class that the
	// registry does not hold.
	ReasonClassNotHeld Reason = "class_not_held"
	// ReasonNeedsSecondLevel comes with CannotTell: the person is recognised, but in none of the
	// six categories. That is so for deafblindness since 18 December 2025, L. 68/1999, low
	// vision, school inclusion, and the mild band of people over 65 without a percentage.
	ReasonNeedsSecondLevel Reason = "needs_second_level"
	// ReasonUndecided comes with CannotTell: what the registry holds does not decide the
	// question.
	ReasonUndecided Reason = "undecided"
	// ReasonNoStatusHere comes with CannotTell: nothing is in force, and the registry may miss
	// something.
	ReasonNoStatusHere Reason = "no_status_here"
)

// A FirstLevel is what the first level discloses. It never holds a percentage, nor anything that
// depends on one beyond the 34 % of [CategoryCivilInvalid]. The zero FirstLevel means CannotTell.
type FirstLevel struct {
	Answer Answer
	Reason Reason // empty with Confirmed
	// Categories are the person's categories, in the order of [Categories], or nil under
	// PolicyAny. SubKinds are in the order of [SubKinds], or nil unless the policy is
	// PolicySubKinds; a judgement that does not state the sub-kind adds none.
	Categories []Category
	SubKinds   []SubKind
	// Complete says that the person is not in a category that a policy with categories leaves out
	// of the list. If it is false, that is unknown.
	Complete bool
}

// FirstLevel answers whether the person is in one of the six categories, as far as the policy
// discloses it. Only judgements in force count, including one whose revision is pending or whose
// payments are suspended.
//
// The answer is Confirmed if the person is in a category. Otherwise it is NotConfirmed only if
// nothing is recognised in another way, the status is Complete and no domain is
// [DomainStatus.Open]: a registry that may miss something can confirm but never deny. If only a
// [Title] is known about the person, the answer is not NotConfirmed either.
func (s Status) FirstLevel(p Policy) FirstLevel {
	categories := s.categories()
	f := FirstLevel{Answer: CannotTell, Complete: s.Complete}
	var recognised, notHeld, undecided, held bool
	for _, d := range s.domains {
		recognised = recognised || d.InForce()
		notHeld = notHeld || d.State == StateNotHeld
		undecided = undecided || d.Open()
		held = held || d.State != StateAbsent
	}
	if undecided || s.mayBe() {
		f.Complete = false
	}
	switch {
	case len(categories) > 0:
		f.Answer = Confirmed
	case notHeld:
		f.Reason = ReasonClassNotHeld
	case recognised:
		f.Reason = ReasonNeedsSecondLevel
	case undecided:
		f.Reason = ReasonUndecided
	case !f.Complete, !held && len(s.Titles) > 0:
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

// civilInvalidFrom is the lowest percentage of the first category: "34 % or more" (INPS message
// 4019/2020), the first whole number above one third (L. 118/1971 art. 2).
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
		if civil.AdultRights == AdultWithoutVisit && !facts.Attendance {
			return civil.InForce() // the benefits of adults begin above 34 %
		}
		low, _, ok := civil.Percentage()
		return civil.InForce() && ok && low >= civilInvalidFrom && !facts.Minor && !mildBand(civil)
	case CategoryMinor:
		return civil.InForce() && facts.Minor && Age(s.Birth, s.At) < adultAge
	case CategoryAttendance:
		return civil.InForce() && facts.Attendance
	case CategoryBlind:
		blind := s.In(Blindness)
		return blind.InForce() && blind.Degree.Facts().SubKind != "" || s.deafblindImplies(blind)
	case CategoryDeaf:
		deaf := s.In(Deafness)
		return deaf.InForce() || s.deafblindImplies(deaf)
	case CategoryLaw104:
		return s.In(Law104).InForce()
	}
	return false
}

// mildBand reports whether the degree is the mild band of people over 65 without a percentage. Of
// the bands it alone may begin at 33 %, as some sources print it.
func mildBand(civil DomainStatus) bool { return civil.Degree == DegreeOver65Mild && civil.Percent == 0 }

// deafblindImplies reports whether the person counts as blind, or deaf, because of a judgement of
// deafblindness. Until 17 December 2025 deafblindness was recognised for people with both
// recognitions (L. 107/2010 art. 2 in its first text). A judgement in the other domain takes
// precedence.
func (s Status) deafblindImplies(other DomainStatus) bool {
	both := s.In(Deafblindness)
	return both.InForce() && both.Decision < newDeafblindSince && (other.State == StateAbsent || other.Open())
}

// mayBe reports whether a judgement in force leaves open whether the person is in a category.
func (s Status) mayBe() bool {
	civil, both := s.In(CivilInvalidity), s.In(Deafblindness)
	return civil.InForce() && mildBand(civil) || both.InForce() && both.Decision >= newDeafblindSince
}

func (s Status) subKinds() []SubKind {
	var list []SubKind
	for _, d := range s.domains {
		if kind := d.Degree.Facts().SubKind; kind != "" && d.InForce() {
			list = append(list, kind)
		}
	}
	return list
}

// A Detail is what the second level discloses about one domain: the judgement and its act,
// without a diagnosis.
type Detail struct {
	Domain Domain
	State  State
	// Outcome is zero if no judgement counts any more (StateRevoked, StateCameOfAge), is held
	// (StateNotHeld) or decides (StateUndecided). So are the other fields except Doubt and
	// NotHeld.
	Outcome
	NotHeld Class // the class, if the state is StateNotHeld
	Doubt   Doubt // as in DomainStatus
	// AdultRights of a person who has turned 18, as in DomainStatus.
	AdultRights AdultRights
	// Decision is the day of the act, Since the day from which it counts; Number and Body are its
	// number and the body that issued it, as the ISEE and tax forms ask for them. Zero if not
	// stated.
	Decision, Since Date
	Number, Body    string
}

// SecondLevel returns the details of the given domains, or of all if none is given, in the order
// of [Domains]. A domain about which the registry holds nothing is left out: it is unknown.
func (s Status) SecondLevel(domains ...Domain) []Detail {
	var list []Detail
	for _, d := range s.Domains() {
		if d.State == StateAbsent || len(domains) > 0 && !slices.Contains(domains, d.Domain) {
			continue
		}
		detail := Detail{Domain: d.Domain, State: d.State, NotHeld: d.NotHeld, Doubt: d.Doubt,
			AdultRights: d.AdultRights}
		if d.InForce() || d.State == StateNotRecognised {
			detail.Outcome, detail.Decision, detail.Since = d.Outcome, d.Decision, d.Since
			detail.Number, detail.Body = d.Number, d.Body
		}
		list = append(list, detail)
	}
	return list
}
