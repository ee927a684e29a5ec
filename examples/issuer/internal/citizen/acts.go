package citizen

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// ActPrefix begins what stands for the challenge in the access log's record of an act. The ID of a challenge
// has no colon, so no operator can make such a record.
const ActPrefix = "act:"

// The values of the scope of such a record: who acted.
const (
	ActBySelf     = "act:self"
	ActByGuardian = "act:guardian"
)

// security returns the acts with which somebody could take over a person's consent or hide that they did.
// They are in the access log too: no number of other acts pushes them out of sight, and nobody can delete
// them unnoticed.
func security() []string {
	return []string{actPhone, actNoPhone, actEmail, actNoEmail, actVoid, actDelegated, actListMade,
		actListActive, actNoList}
}

// limitSecurity keeps the acts of two years below accesslog.MaxRecords.
var limitSecurity = limit{"security", otp.Bucket{Burst: 20, Interval: 6 * time.Hour}}

// waitError means that the person has done too much of one kind in a short time.
type waitError struct{ minutes int }

func (*waitError) Error() string { return "too many acts" }

// recordSecurity writes a security act into the access log.
func (p *Pages) recordSecurity(ctx context.Context, v visit, what string, at time.Time) error {
	minutes, err := p.take(ctx, limitSecurity, v.person.Reveal())
	if err != nil {
		return err
	}
	if minutes > 0 {
		return &waitError{minutes}
	}
	by := ActBySelf
	if v.acting() {
		by = ActByGuardian
	}
	return p.Accesses.Append(ctx, SecurityAct(service.Access{At: at, Person: v.person,
		Operator: v.who.Operator(), Organisation: p.Document.DisplayName, Purpose: what, Scope: by}))
}

// SecurityAct completes the access log's record of an act: At, Person, Operator, Organisation, the act as the
// Purpose, and as the Scope who did it.
func SecurityAct(a service.Access) service.Access {
	a.ID = rand.Text()
	a.Challenge = ActPrefix + a.ID
	return a
}

// act is one act in this area, or of the staff.
type act struct {
	At time.Time
	// Key is the key of the act's text. Name is the person who acted; empty means the person themselves.
	Key, Name string
	// By is the key of the text that says who acted, and ID that of the record, for an act of the log.
	By, ID string
}

// actsPerPage is how many acts a page shows.
const actsPerPage = 20

// The kinds of acts. The key of each text is "access.kind." and the value.
const (
	kindSecurity  = "security"
	kindContacts  = "contacts"
	kindDocuments = "documents"
	kindOther     = "other"
)

func kinds() []string { return []string{kindSecurity, kindContacts, kindDocuments, kindOther} }

// kindOf returns the kind of an act that is no security act.
func kindOf(what string) string {
	switch what {
	case actConfirmed, actPhone, actNoPhone, actEmail, actNoEmail, actLanguage, actListMade, actListActive,
		actNoList:
		return kindContacts
	case actDownload, actShow, actMail, actVoid, actProof:
		return kindDocuments
	}
	return kindOther
}

// actList is a page of the acts of a kind.
type actList struct {
	Kinds []string
	// Kind is the chosen kind; empty means all but the security acts, which have a list of their own.
	Kind string
	Acts []act
	// Page counts from 1. Earlier and Later are the pages beside it; zero means none.
	Page, Earlier, Later int
}

// newActList returns the page of acts that the request asks for. Reports of wrong codes have a list of their
// own.
func newActList(r *http.Request, v visit, records []accesslog.Record, acts []registry.Act) actList {
	l := actList{Kinds: kinds(), Page: 1}
	if kind := r.FormValue("kind"); slices.Contains(l.Kinds, kind) {
		l.Kind = kind
	}
	if n, err := strconv.Atoi(r.FormValue("page")); err == nil && n > 1 {
		l.Page = n
	}
	if l.Kind == kindSecurity {
		l.cut(securityActs(records))
		return l
	}
	var list []act
	for _, a := range acts {
		if a.What != ActWrongCodes && (l.Kind == "" || kindOf(a.What) == l.Kind) {
			list = append(list, actOf(a, v))
		}
	}
	l.cut(list)
	return l
}

// cut keeps one page of the list.
func (l *actList) cut(list []act) {
	last := max(1, (len(list)+actsPerPage-1)/actsPerPage)
	l.Page = min(l.Page, last)
	from := (l.Page - 1) * actsPerPage
	l.Acts = list[from:min(len(list), from+actsPerPage)]
	if l.Later = l.Page - 1; l.Page < last {
		l.Earlier = l.Page + 1
	}
}

func actOf(a registry.Act, v visit) act {
	done := act{At: a.At, Key: actKey(a.What)}
	if a.Guardian != v.person {
		done.Name = a.Name
	}
	return done
}

// actKey returns the key of an act's text. Other parts of the service may record acts that this package does
// not know.
func actKey(what string) string {
	if slices.Contains(traced(), what) {
		return "area.act." + what
	}
	return "area.act.other"
}

// isAct reports whether a record of the access log is an act and not an access.
func isAct(rec accesslog.Record) bool { return strings.HasPrefix(rec.Challenge, ActPrefix) }

// securityActs returns the acts among the records, newest first.
func securityActs(records []accesslog.Record) []act {
	var list []act
	for _, rec := range records {
		if !isAct(rec) {
			continue
		}
		a := act{At: rec.At, Key: actKey(rec.Purpose), ID: rec.ID}
		if rec.Scope == ActByGuardian {
			a.By = "access.act_guardian"
		}
		list = append(list, a)
	}
	return list
}
