package words

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
)

// labels are all of them.
func labels() []Label {
	return []Label{
		LabelIssuer, LabelIssued, LabelValidUntil, LabelCodiceFiscale, LabelThisPerson, LabelAnotherPerson,
		LabelEarlierCode, LabelOnlyIssuerTells, LabelNotGiven, LabelNotCompared, LabelCategories,
		LabelBenefit, LabelNeeds, LabelDeclared, LabelDetails, LabelDoubt, LabelAdultRights, LabelAct,
		LabelActBody, LabelActNumber, LabelActDecision, LabelActSince, LabelReceipt, LabelReason, LabelINPS,
		LabelLogInAt, LabelSentTo, LabelPrintedList,
		LabelComparisonNumber, LabelShownAs, LabelTimeLeft, LabelAttemptsLeft, LabelWait, LabelOtherWays,
		LabelUsableFrom,
		LabelTypeCode, LabelSentAgain, LabelStopped, LabelFiles,
		LabelPerSecond, LabelCheckedBefore, LabelInterrupted, LabelLevel, LabelAlsoNeeds, LabelLaw,
		LabelFirstOrSecond, LabelAnnotation, LabelPlace, LabelValue, LabelCompanion, LabelNote,
		LabelValidFrom, LabelBenefits, LabelEdition, LabelNotLegalAdvice,
	}
}

// Every label has its text, and there are no others. A test at the root of the project compares the
// languages.
func TestLabels(t *testing.T) {
	italian := in(status.Italian).Label
	for _, l := range labels() {
		assert.Contains(t, italian, l)
	}
	assert.Len(t, italian, len(labels()))
}

func TestUnknown(t *testing.T) {
	assert.Equal(t, "Receipt", Say("la", LabelReceipt))
	assert.Equal(t, "invented", Say(status.Italian, "invented"))
}

func TestFromLocale(t *testing.T) {
	for text, want := range map[string]status.Language{
		"it_IT.UTF-8": "it", "it": "it", "sl_SI": "sl", "de-AT": "de", "FR": "fr", "en_GB.UTF-8": "en",
		"C": "en", "C.UTF-8": "en", "POSIX": "en", "es_ES": "en", "": "en", "italiano": "en",
		"it.UTF-8": "it",
	} {
		assert.Equal(t, want, FromLocale(text), text)
	}
	assert.Equal(t, status.Slovene, FromLocale("", "", "sl_SI.UTF-8", "it_IT"))
	assert.Equal(t, status.English, FromLocale("C", "it_IT"), "the first one that is set decides")
}
