package verifier

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// JudgeAnswer judges an answer as the calls do, for a question with a known check ID. It returns the content
// of the receipt, or nil if the answer decides nothing.
func (c *Client) JudgeAnswer(
	issuerName string, q api.Question, level int, caseNumber string, answer []byte,
) *api.Receipt {
	p := &presented{token: q.Token, claims: token.Claims{IssuerName: issuerName}, now: c.now()}
	asked := question{q, level, caseNumber}
	var problem api.Problem
	if json.Unmarshal(answer, &problem) == nil && slices.Contains(api.ProblemCodes(), problem.Code) &&
		problem.Status != 0 {
		return c.refused(context.Background(), p, asked, answer, &problem).ReceiptClaims
	}
	var result api.Result
	if json.Unmarshal(answer, &result) != nil {
		return nil
	}
	return c.answered(context.Background(), p, asked, answer, result).ReceiptClaims
}
