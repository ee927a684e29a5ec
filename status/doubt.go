package status

// A Doubt is the reason why the events that a registry holds do not decide a domain. The zero
// Doubt means none.
type Doubt string

// The doubts. Their codes are stable and are never reused.
const (
	// DoubtTie: two acts of one rank, one effect and one decision say different things. So do
	// a judgement and a revocation of one effect and one decision.
	DoubtTie Doubt = "tie"
	// DoubtCircle: acts replace one another.
	DoubtCircle Doubt = "circle"
	// DoubtTwice: two acts replace the same one.
	DoubtTwice Doubt = "replaced_twice"
	// DoubtRuling: a ruling or an autotutela that names no act counts from before the judgement
	// that it may be about (art. 445-bis c.p.c.) and says something else; or a judgement decided
	// after a revocation counts from before it.
	DoubtRuling Doubt = "ruling_without_link"
	// DoubtApplication: an application was filed, and there is no judgement yet.
	DoubtApplication Doubt = "application_filed"
	// DoubtOver: a provisional certificate has ended, and the registry does not hold the
	// definitive act.
	DoubtOver Doubt = "provisional_over"
	// DoubtAge: the judgement was one for minors, and the person is 18 (DL 90/2014 art. 25).
	DoubtAge Doubt = "came_of_age"
)

// Doubts returns every Doubt except the zero one.
func Doubts() []Doubt {
	return []Doubt{DoubtTie, DoubtCircle, DoubtTwice, DoubtRuling, DoubtApplication, DoubtOver, DoubtAge}
}
