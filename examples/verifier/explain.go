package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/verifier"
)

// print writes the report for a person: the answer first, then what to do, then every check. typed says that a codice
// fiscale was given.
func (r *result) print(w io.Writer, typed bool) {
	fmt.Fprintln(w, r.headline())
	if r.Code != "" {
		fmt.Fprintf(w, "%s [%s]\n", sentence(r.Code), r.Code)
	}
	if r.reason != nil {
		fmt.Fprintf(w, "Reason: %v.\n", r.reason)
	}
	if r.Problem != nil && string(r.Problem.Code) != string(r.Code) {
		fmt.Fprintf(w, "The issuer says: %s\n", r.Problem.Code)
	}
	if d := r.Disclosed; d != nil {
		if len(d.Categories) > 0 {
			fmt.Fprintf(w, "Categories: %s\n", strings.Join(d.Categories, ", "))
		}
		if d.Benefit != "" {
			fmt.Fprintf(w, "Benefit: %s\n", d.Benefit)
		}
	}
	if r.Receipt != "" {
		fmt.Fprintf(w, "Receipt: %s\n", r.Receipt)
	}
	if p := r.Paper; p != nil {
		fmt.Fprintf(w, "Issuer: %s\nIssued: %s, valid until %s\n", p.Issuer, day(p.IssuedAt), day(p.ExpiresAt))
		fmt.Fprintf(w, "CF: %s\n", r.aboutCF(typed))
	}
	fmt.Fprintln(w)
	for _, c := range r.Checks {
		fmt.Fprintf(w, "  %-12s %-15s %s\n", c.Result, c.Name, age(c.AsOf))
	}
}

func (r *result) headline() string {
	switch {
	case r.Verdict == verifier.Confirmed:
		return "CONFIRMED"
	case r.Code == "":
		return "AUTHENTIC, STATUS NOT CHECKED"
	case r.Code.Verdict() == verifier.NotConfirmed:
		return "NOT CONFIRMED"
	case r.Authenticity == verifier.Authentic:
		return "CANNOT TELL (the paper is authentic)"
	}
	return "CANNOT TELL"
}

func (r *result) aboutCF(typed bool) string {
	for _, c := range r.Checks {
		if c.Name == verifier.CheckCodiceFiscale && c.Result == verifier.Pass {
			return "the person of this paper"
		}
	}
	switch {
	case r.Code == verifier.CFMismatch:
		return "not the person of this paper"
	case !r.Paper.Offline:
		return "only the issuer can tell"
	case !typed:
		return "not given (use -cf)"
	}
	return "not compared"
}

// sentence says in plain words what a code means and what to do.
func sentence(c verifier.Code) string {
	switch c {
	case verifier.Size:
		return "The text in the QR is too long for a paper of this system."
	case verifier.Shape:
		return "The text in the QR is torn or changed. Scan it again, closer and flat."
	case verifier.Header:
		return "The text is signed, but it is not a paper of this system."
	case verifier.UnknownKey:
		return "The paper is signed with a key that is not in the key set. Fetch the issuer's key set again, then check once more."
	case verifier.Signature:
		return "The signature is false: the paper was changed, or somebody else than the issuer made it."
	case verifier.Claims:
		return "The signature is good, but what it signs is not a paper of this system."
	case verifier.WrongIssuer:
		return "The paper names another issuer than the one whose key signed it."
	case verifier.NotYetValid:
		return "The paper is authentic but was issued in the future: look at this machine's clock."
	case verifier.Expired:
		return "The paper is authentic but has expired: ask the person for a new one."
	case verifier.CFMismatch:
		return "The paper is authentic but belongs to another codice fiscale: look for a typing mistake."
	case verifier.Unreadable:
		return "No QR was found to judge. This says nothing about the person."
	case verifier.NotOurs:
		return "This is a QR, but not one of this system. It says nothing about the person."
	case verifier.Void:
		return "The paper was made void by the person or the issuer: ask for the newer one."
	case verifier.NotEntitled:
		return "The person's status does not give this benefit."
	case verifier.KeysStale:
		return "The issuer's keys at hand are too old to judge by: fetch its key set again."
	case verifier.Unavailable:
		return "The issuer gave no answer: try again later. This says nothing about the person."
	case verifier.NoStatusHere:
		return "This registry holds no status that decides it, which is not a no: verbali before 2010 and court rulings may be elsewhere. Accept another document."
	case verifier.ClassNotHeld:
		return "The registry does not hold verbali of this kind, which is not a no. Accept another document."
	case verifier.NeedsSecondLevel:
		return "Only the second level answers this: the person's consent by a code is needed."
	case verifier.RateLimited:
		return "Too many checks in a short time: wait, then try again. This says nothing about the person."
	}
	return "There is no answer. This says nothing about the person."
}

func day(t time.Time) string { return t.Format("2 January 2006") }

func age(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return "as of " + t.Format("2006-01-02 15:04")
}
