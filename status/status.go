// Package status computes a person's disability status under Italian law. It folds the history of
// their verbali into a status and derives what a desk may see at the first and the second level.
//
// # From a registry to an answer
//
// An issuing body gives its registry the one method of [Source]. Then
//
//	s, err := status.Lookup(ctx, source, code, today)
//
// asks the registry and folds the history with [Current]. If err is nil, s is the status.
// [ErrNoStatus] means that this registry holds nothing in force for the person, [ErrClassNotHeld]
// that the person has verbali only of a class that the registry does not hold, and
// [ErrUnavailable] that the registry gave no usable answer. None of the three is a "no": verbali
// before 2010, court rulings and the verbali of Aosta, Trento and Bolzano are often missing from
// a national archive. For the same reason, a domain that is absent from a [Status] is not a
// negative judgement, unless [Status.Complete] says that the registry misses nothing.
//
// # How verbali are folded
//
// A [Verbale] is one event: a judgement, a suspension, its lifting, a revocation, an annulment in
// autotutela or an application. Each event is about one domain: [CivilInvalidity], [Blindness],
// [Deafness], [Deafblindness], [Law104], [Law68] or [SchoolInclusion]. Within a domain the last
// definitive event in force decides, in whatever order the events arrived, and no event changes
// another domain. A ruling takes the place of the act that it names in Verbale.Replaces, whatever
// their dates. If the events do not decide the question, the domain is [StateUndecided], which is
// never a "no". Three things need no event: the category of minors ends on the 18th birthday;
// after the revision date the status becomes [StateRevisionPending] and keeps every right (DL
// 90/2014 art. 25 c. 6-bis); and an event counts from the day of its effect, never before its
// decision.
//
// A [Title] is an invalidity recognised under another law: an accident at work, war, service, L.
// 222/1984. It is separate from the domains, and neither level discloses it.
//
// An [Outcome] is the content of a judgement: a [Degree] of a closed set, the percentage if the
// law has one, the code of the formula, and the annotations of art. 4 DL 5/2012, each of which is
// yes, no or not recorded. It has no field for a diagnosis.
//
// # Two levels
//
// [Status.FirstLevel] says which of six categories the person is in, as far as the [Policy] of
// the issuer discloses it, and never a percentage. [Status.SecondLevel] returns the judgement of
// one or more domains. This package does not decide who may see the second level, nor does it ask
// for the person's consent. [Describe] turns every code into words in five languages, both in the
// terms of the older laws and in those of D.Lgs. 62/2024, and cites the law.
//
// # What is not checked
//
// The package does not check that a verbale is authentic or that its judgement is right: it
// carries a percentage and never computes one (DM 5 Feb 1992). It does not check income, school
// attendance or any other condition of a benefit beyond the status.
//
// # Personal data
//
// Nearly everything in this package is data concerning health (art. 9 GDPR), even a bare yes.
// Values about a person therefore print as a constant in slog and with every verb of fmt that go
// vet accepts. A [Verbale] and a [Record] can be marshalled, because a registry has to store
// them. Values derived from them change by the day, and marshalling them fails with [ErrMarshal].
// A value in an unexported field of another struct escapes this protection.
//
// All functions and values of this package are safe for concurrent use, as long as nobody writes
// to a value while others read it.
package status

// A State is the state of one domain of a person. The zero State is StateAbsent: the registry
// holds nothing about the domain.
type State string

// The states, in no particular order.
const (
	// StateAbsent means that there is no definitive event in the domain. It is not a negative
	// judgement.
	StateAbsent State = ""
	// StateValid means recognised and in force.
	StateValid State = "valid"
	// StateRevisionPending means recognised and in force with every right, although the date of
	// the revision visit has passed. Calling the person to the visit is the task of INPS (DL
	// 90/2014 art. 25 c. 6-bis, L. 114/2014).
	StateRevisionPending State = "revision_pending"
	// StateSuspended means recognised and in force, with payments held back: the person did not
	// appear at a visit and has 90 days to justify it (L. 448/1998 art. 37; INPS message
	// 1835/2021: only the payment is suspended).
	StateSuspended State = "suspended"
	// StateRevoked means ended, after a suspension that was not justified in time (same sources).
	StateRevoked State = "revoked"
	// StateNotRecognised means that the judgement in force found the requirements not met.
	StateNotRecognised State = "not_recognised"
	// StateCameOfAge means that the judgement was one for minors and ended on the 18th birthday
	// (L. 289/1990; DL 90/2014 art. 25 c. 5), and that the registry holds none for adults. It
	// does not mean that the adult is not disabled: see [AdultRights].
	StateCameOfAge State = "came_of_age"
	// StateNotHeld means that the registry does not hold the content of the last event, so the
	// judgement is unknown here.
	StateNotHeld State = "not_held"
	// StateUndecided means that what this registry holds does not decide the question.
	// DomainStatus.Doubt gives the reason.
	StateUndecided State = "undecided"
)

// AdultRights says what a person who has turned 18 may claim on a judgement for minors until
// there is one for adults. The zero value means nothing, or that the person is not in this
// position.
type AdultRights string

// The adult rights. Their codes are stable and are never reused.
const (
	// AdultWithoutVisit grants the benefits for adults without a further assessment (DL 90/2014
	// art. 25 c. 6; DL 69/2013 art. 42-ter). The judgement stays in force.
	AdultWithoutVisit AdultRights = "without_visit"
	// AdultApplied grants the benefits for adults provisionally, because the application was
	// filed in the six months before the birthday (DL 90/2014 art. 25 c. 5).
	AdultApplied AdultRights = "applied"
)

// States returns every State except the zero one.
func States() []State {
	return []State{StateValid, StateRevisionPending, StateSuspended, StateRevoked, StateNotRecognised,
		StateCameOfAge, StateNotHeld, StateUndecided}
}

// A Status is the result of a person's definitive verbali on one day. The zero Status is that of
// a person about whom the registry holds nothing.
type Status struct {
	Birth Date
	At    Date // the day that the status is for
	// Complete says that the registry holds every definitive verbale of this person, from every
	// body and every year, so a domain that is absent was never recognised. False, the zero
	// value, is the usual case: an absent domain is unknown. Current leaves it false,
	// [Record.Status] copies it.
	Complete bool
	// Titles are the titles in force. Neither level discloses them.
	Titles []Title
	// domains has one entry per domain, in the order of allDomains.
	domains [domainCount]DomainStatus
}

// Domains returns one entry per domain, in the order of the function [Domains]. A domain about
// which the registry holds nothing is StateAbsent. The slice belongs to the caller.
func (s Status) Domains() []DomainStatus {
	list := make([]DomainStatus, domainCount)
	for i, domain := range allDomains {
		list[i] = s.domains[i]
		list[i].Domain = domain
	}
	return list
}

// With returns a copy of the status in which d replaces the entry for its domain, for tests and
// for "what if" questions. If the domain is unknown, the copy is unchanged.
func (s Status) With(d DomainStatus) Status {
	if i := d.Domain.index(); i >= 0 {
		s.domains[i] = d
	}
	return s
}

// A DomainStatus is how one domain stands.
type DomainStatus struct {
	Domain Domain
	State  State
	// Outcome is the last judgement, even if it is no longer in force: see InForce. It is zero if
	// the state is StateAbsent, StateNotHeld or StateUndecided.
	Outcome
	// NotHeld is the class of the last event if the state is StateNotHeld.
	NotHeld Class
	// Doubt is the reason for StateUndecided or StateCameOfAge, and zero otherwise.
	Doubt Doubt
	// Since is the day from which the last judgement counts, and Decision the day of its act.
	// Number and Body are the number and the body printed on the act. Zero if absent.
	Since, Decision Date
	Number, Body    string
	// Revision is the day from which the person is due for another visit, zero if none is set or
	// stated. It is information, not an expiry.
	Revision Date
	// RevisionExempt says that the person is never called to another visit (DM 2 Aug 2007).
	RevisionExempt bool
	// AdultRights are those of a person of 18 or more whose judgement is one for minors.
	AdultRights AdultRights
}

// InForce reports whether the person has the rights of the judgement, that is, whether the state
// is StateValid, StateRevisionPending or StateSuspended. A suspension stops payments only.
func (d DomainStatus) InForce() bool {
	return d.State == StateValid || d.State == StateRevisionPending || d.State == StateSuspended
}

// Open reports whether the domain may be recognised although nothing here says so: the deciding
// event is of a class that is not held, or the question is undecided.
func (d DomainStatus) Open() bool {
	return d.State == StateNotHeld || d.State == StateUndecided || d.State == StateCameOfAge
}

// Percentage returns the bounds, both included, of the percentage of civil invalidity: low and
// high are equal if the verbale states a percentage, and otherwise are the band of the degree. ok
// is false if there is neither: in the other domains, for minors without a number, and without a
// judgement. The state makes no difference.
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

// In returns the status of one domain. If the domain is unknown, its State is StateAbsent.
func (s Status) In(domain Domain) DomainStatus {
	d := DomainStatus{}
	if i := domain.index(); i >= 0 {
		d = s.domains[i]
	}
	d.Domain = domain
	return d
}
