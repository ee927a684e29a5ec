package otp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
)

// No part of a message is ever cut: neither the code, who asks and what they will see, nor the warning and
// the number. New refuses names and texts that could need a second part. So a message is its whole template
// with the longest names, also with a template without a warning, which leaves room for longer ones.
func TestNothingIsCut(t *testing.T) {
	issuer := strings.Repeat("N", 30)
	short := map[string]otp.Template{}
	for locale, text := range otp.DefaultTemplates() {
		before, _, _ := strings.Cut(text.Text, "{number}")
		text.Text = before + "{number}."
		short[locale] = text
	}
	for name, c := range map[string]struct {
		texts        map[string]otp.Template
		organisation int
	}{"default": {otp.DefaultTemplates(), 24}, "longer organisation": {short, 46}} {
		f := newFixture(t, func(cfg *otp.Config) {
			cfg.Templates, cfg.OrganisationMax = c.texts, c.organisation
			cfg.DisplayName, cfg.Policy.Digits = issuer, 8
		})
		organisation := strings.Repeat("O", c.organisation)
		for locale, text := range c.texts {
			for scope, word := range map[string]string{"detail": text.Everything,
				"domain:deafness": text.OneEntry, "benefit:parking": text.YesNo} {
				for declared, who := range map[bool]string{false: organisation,
					true: organisation + " " + text.Declared} {
					f.clock.Advance(24 * time.Hour)
					made, code := f.start(func(q *otp.StartRequest) {
						q.Locale, q.Scope = locale, scope
						q.Organisation, q.Declared = organisation, declared
					})
					want := strings.NewReplacer("{code}", code.Reveal(), "{display_name}", issuer,
						"{organisation}", who, "{scope}", word, "{number}", made.Comparison,
					).Replace(text.Text)
					assert.Equal(t, gsm7.Transliterate(want), f.sent.Last().Text.Reveal(), name)
					assert.Equal(t, declared, f.sent.Last().Declared)
				}
			}
		}
	}
	// With one character more, New refuses the names.
	for name, change := range map[string]func(*otp.Config){
		"who":    func(c *otp.Config) { c.OrganisationMax, c.DisplayName = 46, issuer },
		"issuer": func(c *otp.Config) { c.DisplayName = strings.Repeat("N", 31); c.Policy.Digits = 8 },
	} {
		cfg := otptest.Config(&otptest.Recorder{}, nil)
		change(&cfg)
		_, err := otp.New(cfg)
		assert.ErrorContains(t, err, "fit one message", name)
	}
}
