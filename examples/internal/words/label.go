package words

import "github.com/qr-invalidita/attesta/status"

// A Label is a short text beside a value.
type Label string

// These are the labels.
const (
	LabelIssuer           Label = "issuer"
	LabelIssued           Label = "issued"
	LabelValidUntil       Label = "valid_until"
	LabelCodiceFiscale    Label = "codice_fiscale"
	LabelThisPerson       Label = "this_person"
	LabelAnotherPerson    Label = "another_person"
	LabelEarlierCode      Label = "earlier_code"
	LabelOnlyIssuerTells  Label = "only_issuer_tells"
	LabelNotGiven         Label = "not_given"
	LabelNotCompared      Label = "not_compared"
	LabelCategories       Label = "categories"
	LabelBenefit          Label = "benefit"
	LabelNeeds            Label = "needs"
	LabelDeclared         Label = "declared"
	LabelDetails          Label = "details"
	LabelDoubt            Label = "doubt"
	LabelAdultRights      Label = "adult_rights"
	LabelAct              Label = "act"
	LabelActBody          Label = "act_body"
	LabelActNumber        Label = "act_number"
	LabelActDecision      Label = "act_decision"
	LabelActSince         Label = "act_since"
	LabelReceipt          Label = "receipt"
	LabelReason           Label = "reason"
	LabelINPS             Label = "inps"
	LabelLogInAt          Label = "log_in_at"
	LabelSentTo           Label = "sent_to"
	LabelPrintedList      Label = "printed_list"
	LabelComparisonNumber Label = "comparison_number"
	LabelShownAs          Label = "shown_as"
	LabelTimeLeft         Label = "time_left"
	LabelAttemptsLeft     Label = "attempts_left"
	LabelWait             Label = "wait"
	LabelOtherWays        Label = "other_ways"
	LabelUsableFrom       Label = "usable_from"
	LabelTypeCode         Label = "type_code"
	LabelSentAgain        Label = "sent_again"
	LabelStopped          Label = "stopped"
	LabelFiles            Label = "files"
	LabelPerSecond        Label = "per_second"
	LabelCheckedBefore    Label = "checked_before"
	LabelInterrupted      Label = "interrupted"
	LabelLevel            Label = "level"
	LabelAlsoNeeds        Label = "also_needs"
	LabelLaw              Label = "law"
	LabelFirstOrSecond    Label = "first_or_second"
	LabelAnnotation       Label = "annotation"
	LabelPlace            Label = "place"
	LabelValue            Label = "value"
	LabelCompanion        Label = "companion"
	LabelNote             Label = "note"
	LabelValidFrom        Label = "valid_from"
	LabelBenefits         Label = "benefits"
	LabelEdition          Label = "edition"
	LabelNotLegalAdvice   Label = "not_legal_advice"
)

// Say returns the text of a label, in English if the language is unknown. For an unknown label it returns
// the label's name.
func Say(lang status.Language, l Label) string {
	if text, ok := in(lang).Label[l]; ok {
		return text
	}
	return string(l)
}
