package citizen

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
	"github.com/qr-invalidita/attesta/status"
)

// noticed returns the acts of which the contacts from before are told. The text of each is "notice." and the
// act; it says nothing about health, since others may read it.
func noticed() []string {
	return []string{actPhone, actNoPhone, actEmail, actNoEmail, actDelegated, actListMade, actListActive,
		actNoList, listUsed, actDeclared}
}

// listUsed is no act of this area: a desk has used a code of a printed list.
const listUsed = "list_used"

// noticeLife is how long a provider may try to deliver a notice.
const noticeLife = 24 * time.Hour

// notify tells the contacts from before of an act. An error means that the act must not be done, since its
// victim might never hear of it: no message went out, and another attempt may succeed.
func (p *Pages) notify(ctx context.Context, before registry.Contacts, act string, at time.Time) error {
	if !slices.Contains(noticed(), act) {
		return nil
	}
	lang := string(cmp.Or(before.Language, status.Italian))
	text := p.Site.Text(lang, "contacts.notice."+act, cmp.Or(p.ShortName, p.Document.DisplayName),
		p.moment(at))
	toPhone, failed := p.notifyPhone(ctx, before, lang, text)
	toAddress, alsoFailed := p.notifyAddress(ctx, before, lang, text)
	if toPhone || toAddress {
		return nil
	}
	return errors.Join(failed, alsoFailed)
}

// notifyPhone reports whether a message went out. A number that no longer exists is no error.
func (p *Pages) notifyPhone(ctx context.Context, to registry.Contacts, lang, text string) (bool, error) {
	if len(to.Phones) == 0 || to.Phones[0].Channel != otp.SMS || p.SMS == nil {
		return false, nil
	}
	_, err := p.SMS.Send(ctx, otp.Message{ID: noticeID(), To: to.Phones[0].Number, Channel: otp.SMS,
		Text: otp.NewText(gsm7.Transliterate(text)), DisplayName: p.ShortName, Locale: lang,
		Life: noticeLife, Send: 1})
	if err != nil && undeliverable(err) {
		return false, nil
	}
	return err == nil, err
}

// notifyAddress reports whether a letter went out. An address that no longer exists is no error.
func (p *Pages) notifyAddress(ctx context.Context, to registry.Contacts, lang, text string) (bool, error) {
	if to.Email == "" || p.Mail == nil {
		return false, nil
	}
	err := p.Mail.Send(ctx, mail.Message{To: to.Email, Subject: p.Site.Text(lang, "letter.notice_subject"),
		Text: p.letter(lang, text, "letter.notice_more")})
	if errors.Is(err, mail.ErrRefused) || errors.Is(err, mail.ErrAddress) {
		return false, nil
	}
	return err == nil, err
}

// undeliverable reports whether no message can reach the number.
func undeliverable(err error) bool {
	return slices.Contains([]otp.ErrorClass{otp.ClassInvalidRecipient, otp.ClassNotAllowed},
		otp.ClassOf(err))
}

// noticeID returns an ID in the form of those of package otp, which no challenge has.
func noticeID() string { return "notice-" + (rand.Text() + rand.Text())[:29] + ".1" }
