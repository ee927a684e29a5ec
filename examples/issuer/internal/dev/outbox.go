package dev

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/otp"
)

//go:embed migrations
var migrations embed.FS

// Outbox keeps the last messages of the demonstration in the database, so that every process shows the
// messages of all. It keeps them in clear, codes included, since the reader plays the citizen.
type Outbox struct {
	DB  *database.DB
	Now func() time.Time
}

// Migrate creates or upgrades the table.
func (o Outbox) Migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	return o.DB.Migrate(ctx, files, "dev")
}

// Phones is an otp.Sender that delivers to the demonstration's telephones.
type Phones struct{ Outbox }

// Capabilities implements [otp.CapableSender].
func (Phones) Capabilities() otp.Capabilities {
	return otp.Capabilities{Channels: []otp.Channel{otp.SMS, otp.Voice}, Life: true, Alphanumeric: true}
}

// Send implements [otp.Sender].
func (p Phones) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	id, err := p.add(ctx, message{Kind: kindPhone, To: m.To.Reveal(), Text: m.Text.Reveal()})
	if err != nil {
		return otp.Submission{}, &otp.SendError{Class: otp.ClassAmbiguous, Provider: provider, Err: err}
	}
	return otp.Submission{Provider: provider, ProviderID: strconv.FormatInt(id, 10)}, nil
}

const provider = "dev"

// Mailbox keeps the demonstration's letters in place of a mail server.
type Mailbox struct{ Outbox }

// Send stores a letter.
func (b Mailbox) Send(ctx context.Context, m mail.Message) error {
	_, err := b.add(ctx, message{Kind: kindMail, To: m.To, Subject: m.Subject, Text: m.Text,
		FileName: m.Attachment.Name, FileType: m.Attachment.ContentType, file: m.Attachment.Data})
	if err != nil {
		return errors.Join(mail.ErrUnavailable, err)
	}
	return nil
}

const (
	kindPhone = "phone"
	kindMail  = "mail"
	// kept is the number of messages that are kept, of both kinds together.
	kept = 200
)

// message is a text message or a letter.
type message struct {
	ID                      int64
	Kind, To, Subject, Text string
	FileName, FileType      string
	Sent                    time.Time
	file                    []byte
}

func (o Outbox) add(ctx context.Context, m message) (id int64, err error) {
	err = o.DB.Update(ctx, func(tx *sql.Tx) error {
		query := o.DB.Bind(`INSERT INTO dev_message
			(kind, recipient, subject, body, file_name, file_type, file, sent)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`)
		err := tx.QueryRowContext(ctx, query, m.Kind, m.To, m.Subject, m.Text, m.FileName, m.FileType, m.file,
			o.Now().Unix()).Scan(&id)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, o.DB.Bind("DELETE FROM dev_message WHERE id <= ?"), id-kept)
		return err
	})
	return id, err
}

// list returns the messages of a kind, newest first, without their files.
func (o Outbox) list(ctx context.Context, kind string) (list []message, err error) {
	rows, err := o.DB.QueryContext(ctx, o.DB.Bind(
		`SELECT id, kind, recipient, subject, body, file_name, file_type, sent
		FROM dev_message WHERE kind = ? ORDER BY id DESC`), kind)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var m message
		var sent int64
		err := rows.Scan(&m.ID, &m.Kind, &m.To, &m.Subject, &m.Text, &m.FileName, &m.FileType, &sent)
		if err != nil {
			return nil, err
		}
		m.Sent = time.Unix(sent, 0)
		list = append(list, m)
	}
	return list, rows.Err()
}

// file returns the file of a letter, or nil if there is none.
func (o Outbox) file(ctx context.Context, id int64) (m message, err error) {
	query := o.DB.Bind("SELECT file_name, file_type, file FROM dev_message WHERE id = ? AND kind = ?")
	err = o.DB.QueryRowContext(ctx, query, id, kindMail).Scan(&m.FileName, &m.FileType, &m.file)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return m, err
}

// last returns the number of the newest message of a kind, or 0 if there is none.
func (o Outbox) last(ctx context.Context, kind string) (id int64, err error) {
	query := o.DB.Bind("SELECT coalesce(max(id), 0) FROM dev_message WHERE kind = ?")
	err = o.DB.QueryRowContext(ctx, query, kind).Scan(&id)
	return id, err
}
