package answer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

func TestQuestions(t *testing.T) {
	c := benefit.Default()
	seen := api.Evidence{"walking_certificate": api.EvidenceNo, "annotation:parking_art_381": api.EvidenceYes}
	questions := answer.Declared(status.English, c, seen)
	assert.Equal(t, []answer.Question{
		{Code: "annotation:parking_art_381", Value: "yes",
			Said: answer.Said{Text: "Walking impeded or markedly reduced (art. 381 DPR 495/1992)",
				Lang: "en"}},
		{Code: "walking_certificate", Value: "no", Said: questions[1].Said},
	}, questions)
	assert.NotEmpty(t, questions[1].Text)

	questions = answer.Accepted(status.German, c, "parking_badge", 20261101, seen)
	assert.Len(t, questions, 2)
	assert.Equal(t, "no", questions[0].Value)
	assert.Equal(t, "de", questions[0].Lang)
	assert.Len(t, answer.Accepted(status.German, c, "aids", 20261101, seen), 5)
	assert.Empty(t, answer.Accepted(status.German, c, "cinema", 20261101, nil))

	// An issuer with a catalogue of its own may ask for what this program has no words for.
	assert.Equal(t, []answer.Question{{Code: "town.resident", Said: answer.Said{Text: "town.resident"}}},
		answer.Questions(status.French, c, []string{"town.resident"}, nil))
}
