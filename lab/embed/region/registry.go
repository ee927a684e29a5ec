package region

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Registry is the Region's own registry. It implements status.Source, token.CutOffs and service.ReadyPart.
type Registry struct{ DB *sql.DB }

// Lookup implements status.Source.
func (r Registry) Lookup(ctx context.Context, cf codicefiscale.Code) (status.Record, error) {
	var born time.Time
	var record status.Record
	var elsewhere sql.NullString
	err := r.DB.QueryRowContext(ctx, `SELECT born, complete, elsewhere FROM person WHERE codice_fiscale = $1`,
		cf.Reveal()).Scan(&born, &record.Complete, &elsewhere)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return status.Record{}, status.ErrNoStatus
	case err != nil:
		return status.Record{}, err
	case elsewhere.Valid:
		return status.Record{}, status.ErrClassNotHeld
	}
	record.Birth = status.DateOf(born)
	rows, err := r.DB.QueryContext(ctx, `SELECT id, domain, kind, decision, effect, degree, percent, number,
		body FROM verbale WHERE codice_fiscale = $1`, cf.Reveal())
	if err != nil {
		return status.Record{}, err
	}
	defer rows.Close()
	for rows.Next() {
		v := status.Verbale{Definitive: true} // the registry holds no others
		var decision, effect time.Time
		err := rows.Scan(&v.ID, &v.Domain, &v.Kind, &decision, &effect, &v.Outcome.Degree, &v.Outcome.Percent,
			&v.Number, &v.Body)
		if err != nil {
			return status.Record{}, err
		}
		v.Decision, v.Effect = status.DateOf(decision), status.DateOf(effect)
		record.Verbali = append(record.Verbali, v)
	}
	if err := rows.Err(); err != nil {
		return status.Record{}, err
	}
	return record, nil
}

// Ready implements service.ReadyPart.
func (r Registry) Ready(ctx context.Context) error { return r.DB.PingContext(ctx) }

// VoidBefore implements token.CutOffs.
func (r Registry) VoidBefore(ctx context.Context, cf codicefiscale.Code) (time.Time, error) {
	var before sql.NullTime
	err := r.DB.QueryRowContext(ctx, `SELECT void_before FROM person WHERE codice_fiscale = $1`, cf.Reveal()).
		Scan(&before)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return before.Time, err
}

// Void implements token.CutOffs.
func (r Registry) Void(ctx context.Context, cf codicefiscale.Code, before time.Time) (time.Time, error) {
	var now time.Time
	err := r.DB.QueryRowContext(ctx, `UPDATE person SET void_before = greatest(void_before, $2)
		WHERE codice_fiscale = $1 RETURNING void_before`, cf.Reveal(), before).Scan(&now)
	return now, err
}

// Contacts returns the phone on file.
func (r Registry) Contacts(ctx context.Context, cf codicefiscale.Code) ([]otp.Contact, error) {
	var number string
	contact := otp.Contact{Channel: otp.SMS}
	err := r.DB.QueryRowContext(ctx, `SELECT phone, phone_verified FROM person WHERE codice_fiscale = $1
		AND phone IS NOT NULL AND phone_verified IS NOT NULL`, cf.Reveal()).Scan(&number, &contact.VerifiedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		contact.Phone, err = otp.ParsePhone(number)
	}
	return []otp.Contact{contact}, err
}
