package wallet_test

import (
	"context"
	"fmt"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/wallet"
)

// cards is all that a page needs of a relying party.
type cards interface {
	Start(wallet.Ask) (wallet.Question, error)
	Answer(desk, id, code string) (r wallet.Report, waiting bool, err error)
	Compare(ctx context.Context, desk, id string, seen status.Tri) (wallet.Report, error)
}

var _ cards = (*wallet.RelyingParty)(nil)

// A desk asks about the museum: it shows the link as a QR, waits for the wallet, shows the picture, and says
// what the operator has seen.
func Example() {
	desk := func(ctx context.Context, c cards, session string) error {
		question, err := c.Start(wallet.Ask{Desk: session, Benefit: "museums"})
		if err != nil {
			return err
		}
		fmt.Println("a QR with", question.Link)
		report, waiting, err := c.Answer(session, question.ID, "") // again and again, until Expires
		if err != nil || waiting {
			return err
		}
		seen := status.NotRecorded
		if report.Holder != nil {
			fmt.Println("is this the person?", len(report.Holder.Picture), "bytes of a picture")
			seen = status.Yes // what the operator answers
		}
		report, err = c.Compare(ctx, session, question.ID, seen)
		if err != nil {
			return err
		}
		switch report.Verdict {
		case api.Confirmed:
			fmt.Println("yes")
		case api.NotConfirmed:
			fmt.Println("the card is false or over:", report.Code)
		default:
			fmt.Println("cannot tell:", report.Code, "- ask for another document") // never a refusal
		}
		return nil
	}
	_ = desk

	fmt.Println(wallet.ErrClaimFalse.Code().Outcome(), wallet.ErrRevoked.Code().Outcome())
	// Output: cannot_tell not_confirmed
}
