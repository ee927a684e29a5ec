// Package status says what a person's disability status is in Italian law: it
// folds the history of their verbali into a status, and derives from it what a
// desk may see at the first and at the second level.
//
// # From a registry to an answer
//
// An issuing body gives its registry the one method of [Source]. Then
//
//	s, err := status.Lookup(ctx, source, code, today)
//
// asks it and folds the history with [Current]. A nil error means found. Of the
// others, [ErrNoStatus] says that this registry holds nothing in force for the
// person, [ErrClassNotHeld] that it knows of verbali only of a class that it does
// not hold, [ErrUnavailable] that it gave no usable answer. None of the three is
// a "no": verbali before 2010, court rulings and the verbali of Aosta, Trento and
// Bolzano are often missing from a national archive. For the same reason a domain
// that is absent from a [Status] is not a negative judgement, unless
// [Status.Complete] says that the registry misses nothing.
//
// # Verbali and their fold
//
// A [Verbale] is one event: a judgement, a suspension, its lifting, a revocation
// or an annulment in autotutela. Each speaks about one of six domains: [CivilInvalidity],
// [Blindness], [Deafness], [Deafblindness], [Law104] and [Law68]. Within a domain
// the last definitive event in force decides, in whatever order they arrived, and
// no event changes another domain. Three things need no event: the category of
// minors ends on the 18th birthday, a passed revision date makes the status
// [StateRevisionPending] and takes nothing away (DL 90/2014 art. 25 c. 6-bis), and
// an event counts from the day of its effect, never before its decision.
//
// What the judgement says is an [Outcome]: a [Degree] of a closed set, the
// percentage where the law has one, the code of the formula, and the annotations
// of art. 4 DL 5/2012, which are yes, no or not recorded. There is no place for a
// diagnosis.
//
// # Two levels
//
// [Status.FirstLevel] says which of six categories the person is in, as far as the
// [Policy] of the issuer discloses it, and never a percentage. [Status.SecondLevel]
// gives the judgement of one or more domains. Who may see the second level, and the
// person's consent to it, are decided elsewhere. [Describe] turns every code into
// words in five languages, in the words of the old laws and in those of D.Lgs.
// 62/2024, with the law they come from.
//
// # What is not checked
//
// That a verbale is authentic; that its judgement is right: a percentage is
// carried, never computed (DM 5 Feb 1992); income, attendance of a school and
// whatever else a benefit asks for beyond the status.
//
// # Personal data
//
// Nearly everything here is data concerning health (art. 9 GDPR), even a bare
// yes. Values about a person therefore print as a constant in slog and in every verb
// of fmt that go vet lets pass. A [Verbale] and a [Record] can be marshalled, for a
// registry has to store them; what is derived from them changes by the day and
// refuses with [ErrMarshal]. A value in an unexported field of another struct is
// out of the reach of this guard.
//
// All functions and values of this package are safe for concurrent use, as long
// as nobody writes to a value that others read.
package status

// A State says how a domain of a person stands. The zero State is that of a domain
// about which the registry holds nothing.
type State string

// The states, in no order.
const (
	// StateAbsent: no definitive event here. It is not a negative judgement.
	StateAbsent State = ""
	// StateValid: recognised and in force.
	StateValid State = "valid"
	// StateRevisionPending: recognised and in force with every right, although the
	// date of the revision visit has passed: to call the person is the task of
	// INPS (DL 90/2014 art. 25 c. 6-bis, L. 114/2014).
	StateRevisionPending State = "revision_pending"
	// StateSuspended: held back since the person did not appear at a visit and
	// has 90 days to justify it (L. 448/1998 art. 37; INPS message 1835/2021). Not in
	// force for now, and not lost.
	StateSuspended State = "suspended"
	// StateRevoked: ended, after a suspension that was not justified in time (same
	// sources).
	StateRevoked State = "revoked"
	// StateNotRecognised: the judgement in force is that the requirements are
	// not met.
	StateNotRecognised State = "not_recognised"
	// StateCameOfAge: the judgement was one for minors and ended on the 18th
	// birthday (L. 289/1990; DL 90/2014 art. 25 c. 5); none for adults is held.
	StateCameOfAge State = "came_of_age"
	// StateNotHeld: the last event is of a class whose content the registry does
	// not hold: what it says, cannot be told.
	StateNotHeld State = "not_held"
)

// States returns every State but the zero one.
func States() []State {
	return []State{StateValid, StateRevisionPending, StateSuspended, StateRevoked, StateNotRecognised,
		StateCameOfAge, StateNotHeld}
}

// A Status is what a person's definitive verbali say on one day. Two are equal with
// == if they say the same. The zero Status is that of a person about whom nothing is
// held.
type Status struct {
	Birth Date
	At    Date // the day that the status is for
	// Complete says that the registry holds every definitive verbale of this
	// person, whoever issued it and when, so that a domain that is absent was
	// never recognised. False, the zero value, is the usual case: what is absent
	// cannot be told. Current leaves it false, Lookup copies it from the Record.
	Complete bool
	// Domains has one entry for each domain, in the order of [Domains]. A domain
	// about which nothing is held is StateAbsent.
	Domains [6]DomainStatus
}

// A DomainStatus is how one domain stands.
type DomainStatus struct {
	Domain Domain
	State  State
	// Outcome is the last judgement, whatever has become of it since: see InForce.
	// It is zero where the state is StateAbsent or StateNotHeld.
	Outcome
	// NotHeld is the class of the last event where the state is StateNotHeld.
	NotHeld Class
	// Since is the day on which the last judgement took effect. Zero if absent.
	Since Date
	// Revision is when the person is to be visited again; zero if never or not
	// stated. It is information and no expiry.
	Revision Date
	// RevisionExempt says that the person is never to be visited again (DM 2 Aug
	// 2007).
	RevisionExempt bool
}

// InForce reports whether the person has the rights of the judgement: it is
// StateValid or StateRevisionPending.
func (d DomainStatus) InForce() bool {
	return d.State == StateValid || d.State == StateRevisionPending
}

// Percentage returns between which percentages, both included, the judgement on
// civil invalidity lies: twice the same where the verbale states it, else the band
// of the degree. It is false where there is neither: in the other domains, for
// minors, without a judgement. It does not look at the state.
func (d DomainStatus) Percentage() (low, high int, ok bool) {
	if d.Domain != CivilInvalidity {
		return 0, 0, false
	}
	if d.Percent != 0 {
		return d.Percent, d.Percent, true
	}
	f := d.Degree.Facts()
	return f.Low, f.High, f.High != 0
}

// In returns how the domain stands. An unknown domain is StateAbsent.
func (s Status) In(domain Domain) DomainStatus {
	d := DomainStatus{}
	if i := domain.index(); i >= 0 {
		d = s.Domains[i]
	}
	d.Domain = domain
	return d
}
