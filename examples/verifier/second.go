package main

import (
	"context"
	"encoding/json"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	texts "github.com/qr-invalidita/attesta/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

const secondUsage = `Usage: verifier second-level -cf CODE -purpose ID
                (-benefit ID | -domain CODE | -detail) [flags] FILE

Asks the issuer to send the person a code, waits until you type the code that the person tells you, and prints
what the person approved with it: yes or no for a benefit, the judgement in a domain, or all of it. Ask for no
more than you need.

At the prompt, type the digits, with or without spaces; r to have the code sent again; q to stop. Compare the
comparison number with the person: the message has it too.

You ask as a logged-in operator. Give an access token in a file or in the environment variable ATTESTA_TOKEN,
or log in with the browser of this machine at the identity provider of -oidc-issuer.

Exit codes: 0 confirmed, 1 not confirmed, 2 cannot tell (also: stopped, or the code was not accepted),
3 wrong call or malformed codice fiscale.
`

func secondLevel(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("second-level", secondUsage, s)
	typed := fs.String("cf", "",
		"the person's `CODICE FISCALE`; - asks for it, to hide it from process lists")
	provisional := fs.Bool("provisional", false, "the codice fiscale is a provisional one of 11 digits")
	benefit := fs.String("benefit", "",
		"ask for yes or no for the benefit with this `ID` (see verifier benefits)")
	seen := evidenceFlag(fs)
	domain := fs.String("domain", "", "ask for the judgement in the domain with this `CODE`: "+domainCodes())
	detail := fs.Bool("detail", false, "ask for all judgements")
	purpose := fs.String("purpose", "", "`ID` of the purpose in your own register, such as museum-entry")
	organisation := fs.String("organisation", "",
		"short `NAME` of your body, for the person's message; an issuer that knows your body uses its own")
	caseNumber := fs.String("case", "", "your own `NUMBER` of the case, which the receipt then holds")
	channel := cli.Choice(fs, "channel", "",
		"how the person wants the code: sms, voice or list (default what the person has set)",
		"sms", "voice", "list")
	locale := cli.Choice(fs, "message-lang", "it", "language of the message", texts.Languages()...)
	o := credentialFlags(fs)
	trusted := trustFlags(fs)
	asJSON := fs.Bool("json", false, "print the report as JSON on the standard output")
	receipt := fs.String("receipt", "", "`FILE` to write the issuer's receipt to")
	lang := cli.Lang(fs)
	rest, code, ok := cli.Parse(fs, args, s)
	if !ok {
		return code
	}
	scope, err := scopeOf(*benefit, *domain, *detail)
	switch {
	case len(rest) != 1 || rest[0] == "-":
		return cli.Fail(s, cli.Usage,
			"second-level wants one file; the standard input is for the code (-h explains)")
	case *typed == "" || *purpose == "":
		return cli.Fail(s, cli.Usage, "second-level wants -cf and -purpose (-h explains)")
	case err != nil:
		return cli.Fail(s, cli.Usage, "%v", err)
	case !api.PurposeAllowed(*purpose):
		return cli.Fail(s, cli.Usage, "-purpose is the id of an entry in your own register, "+
			"without a codice fiscale, a phone number or an e-mail address")
	case len(seen) > 0 && *benefit == "":
		return cli.Fail(s, cli.Usage, "-evidence is for a -benefit")
	}
	authorize, err := o.token()
	if err != nil {
		return cli.Fail(s, cli.Usage, "access token: %v", err)
	}
	cf, err := cli.ReadCF(*typed, *provisional, s)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	client, code, ok := trusted.client(ctx, s)
	if !ok {
		return code
	}
	if authorize == nil {
		if authorize, err = o.login(ctx, s, status.Language(*lang)); err != nil {
			return cli.Fail(s, cannotTell, "cannot tell: login: %v [%s]", err, api.Unauthenticated)
		}
	}
	client.Authorize = authorize
	d := desk{client: client, cf: cf, lang: status.Language(*lang), s: s}
	data, err := readInput(rest[0], nil)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	if d.text, err = textOf(ctx, client, data); err != nil {
		return cli.Fail(s, cannotTell, "cannot tell: %v [%s]", err, api.CodeUnreadable)
	}
	r := d.converse(ctx, verifier.SecondLevelRequest{Organisation: *organisation, Purpose: *purpose,
		Scope: scope, Evidence: seen, CaseNumber: *caseNumber, Channel: *channel, Locale: *locale})
	x := newResult(rest[0], d.text, r)
	if *asJSON {
		if err := json.NewEncoder(s.Out).Encode(x); err != nil {
			return cli.Fail(s, cannotTell, "%v", err)
		}
	} else {
		x.print(s.Out, d.lang, true)
	}
	x.explainUsage(ctx, client, *benefit, seen, s)
	if code, ok := saveReceipt(*receipt, r.Receipt, s); !ok {
		return code
	}
	return x.exitCode()
}

// scopeOf returns the scope of the request. Exactly one of the three arguments must be set.
func scopeOf(benefit, domain string, detail bool) (string, error) {
	var scopes []string
	if benefit != "" {
		scopes = append(scopes, api.ScopeBenefit+benefit)
	}
	if domain != "" {
		scopes = append(scopes, api.ScopeDomain+domain)
	}
	if detail {
		scopes = append(scopes, api.ScopeDetail)
	}
	if len(scopes) != 1 {
		return "", words.Errorf("say what to ask for: -benefit ID, -domain CODE or -detail, one of them")
	}
	return scopes[0], nil
}
