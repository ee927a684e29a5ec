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
// A [Verbale] is one event: a judgement, a suspension, its lifting, a revocation, an
// annulment in autotutela or an application. Each speaks about one domain:
// [CivilInvalidity], [Blindness], [Deafness], [Deafblindness], [Law104], [Law68] or
// [SchoolInclusion]. Within a domain the last definitive event in force decides, in
// whatever order they arrived, and no event changes another domain. A ruling takes the
// place of the act that it names in Verbale.Replaces, whatever their dates. What does not
// decide is [StateUndecided], never a "no". Three things need no event: the category of
// minors ends on the 18th birthday, a passed revision date makes the status
// [StateRevisionPending] and takes nothing away (DL 90/2014 art. 25 c. 6-bis), and
// an event counts from the day of its effect, never before its decision.
//
// A [Title] is what another law recognised: an accident at work, war, service, L. 222/1984.
// It stands beside the domains and is disclosed at no level.
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
	// StateSuspended: recognised and in force. Payments are held back, since the person
	// did not appear at a visit and has 90 days to justify it (L. 448/1998 art. 37; INPS
	// message 1835/2021: the suspension is of the payment).
	StateSuspended State = "suspended"
	// StateRevoked: ended, after a suspension that was not justified in time (same
	// sources).
	StateRevoked State = "revoked"
	// StateNotRecognised: the judgement in force is that the requirements are
	// not met.
	StateNotRecognised State = "not_recognised"
	// StateCameOfAge: the judgement was one for minors and ended on the 18th
	// birthday (L. 289/1990; DL 90/2014 art. 25 c. 5); none for adults is held. It does
	// not say that the adult is not disabled: see [AdultRights].
	StateCameOfAge State = "came_of_age"
	// StateNotHeld: the last event is of a class whose content the registry does
	// not hold: what it says is unknown here.
	StateNotHeld State = "not_held"
	// StateUndecided: this registry holds something that does not decide the question.
	// DomainStatus.Doubt says what.
	StateUndecided State = "undecided"
)

// AdultRights says what a person who has turned 18 may claim on a judgement for minors,
// before there is one for adults. The zero value is nothing, or not such a person.
type AdultRights string

// The adult rights. Their codes are stable and will never be given to something else.
const (
	// AdultWithoutVisit: the benefits for adults without a further assessment (DL 90/2014
	// art. 25 c. 6; DL 69/2013 art. 42-ter). The judgement stays in force.
	AdultWithoutVisit AdultRights = "without_visit"
	// AdultApplied: the benefits for adults provisionally, since the application was
	// filed in the six months before the birthday (DL 90/2014 art. 25 c. 5).
	AdultApplied AdultRights = "applied"
)

// States returns every State but the zero one.
func States() []State {
	return []State{StateValid, StateRevisionPending, StateSuspended, StateRevoked, StateNotRecognised,
		StateCameOfAge, StateNotHeld, StateUndecided}
}

// A Status is what a person's definitive verbali say on one day. The zero Status is that
// of a person about whom nothing is held.
type Status struct {
	Birth Date
	At    Date // the day that the status is for
	// Complete says that the registry holds every definitive verbale of this
	// person, whoever issued it and when, so that a domain that is absent was
	// never recognised. False, the zero value, is the usual case: what is absent
	// is unknown. Current leaves it false, [Record.Status] copies it.
	Complete bool
	// Titles are those in force. They are no part of either level.
	Titles []Title
	// domains has one entry for each domain, in the order of allDomains.
	domains [domainCount]DomainStatus
}

// Domains returns one entry for each domain, in the order of the function [Domains]. A
// domain about which nothing is held is StateAbsent. The slice belongs to the caller.
func (s Status) Domains() []DomainStatus {
	list := make([]DomainStatus, domainCount)
	for i, domain := range allDomains {
		list[i] = s.domains[i]
		list[i].Domain = domain
	}
	return list
}

// With returns the status with that entry for its domain, for tests and for questions such
// as "what if". An unknown domain changes nothing.
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
	// Outcome is the last judgement, whatever has become of it since: see InForce.
	// It is zero where the state is StateAbsent, StateNotHeld or StateUndecided.
	Outcome
	// NotHeld is the class of the last event where the state is StateNotHeld.
	NotHeld Class
	// Doubt says why the state is StateUndecided or StateCameOfAge; else zero.
	Doubt Doubt
	// Since is the day from which the last judgement counts, Decision that of its act,
	// Number and Body what stands on the act. Zero if absent.
	Since, Decision Date
	Number, Body    string
	// Revision is when the person is to be visited again; zero if never or not
	// stated. It is information and no expiry.
	Revision Date
	// RevisionExempt says that the person is never to be visited again (DM 2 Aug
	// 2007).
	RevisionExempt bool
	// AdultRights of a person of 18 or more whose judgement is one for minors.
	AdultRights AdultRights
}

// InForce reports whether the person has the rights of the judgement: it is StateValid,
// StateRevisionPending or StateSuspended. A suspension stops payments only.
func (d DomainStatus) InForce() bool {
	return d.State == StateValid || d.State == StateRevisionPending || d.State == StateSuspended
}

// Open reports whether the domain may be recognised although nothing here says so: what
// decides is of a class that is not held, or is still undecided.
func (d DomainStatus) Open() bool {
	return d.State == StateNotHeld || d.State == StateUndecided || d.State == StateCameOfAge
}

// Percentage returns between which percentages, both included, the judgement on
// civil invalidity lies: twice the same where the verbale states it, else the band
// of the degree. It is false where there is neither: in the other domains, for
// minors without a number, without a judgement. It does not look at the state.
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
		d = s.domains[i]
	}
	d.Domain = domain
	return d
}
