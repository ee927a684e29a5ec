package page

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// The maximum lengths of a photo and of another field in bytes, and the time limit for reading a photo.
const (
	maxPhoto    = scan.MaxBytes
	maxField    = 8 << 10
	readTimeout = 10 * time.Second
)

// form is the content of the form of the first level: the fields by name, without surrounding white space,
// and the photo.
type form struct {
	field map[string]string
	photo []byte
}

// fieldsOf returns the fields of a form that is parsed, without surrounding white space.
func fieldsOf(r *http.Request) map[string]string {
	fields := map[string]string{}
	for name := range r.PostForm {
		fields[name] = strings.TrimSpace(r.PostForm.Get(name))
	}
	return fields
}

// readForm reads the form of a check. If it returns false, it has already written the answer.
func (p *Pages) readForm(w http.ResponseWriter, r *http.Request) (f form, ok bool) {
	limit := int64(maxForm)
	if p.config.Photos {
		limit += maxPhoto + 64<<10
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	f, err := p.fields(r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge) && p.config.Photos:
		v := checkView{
			QRError:    "q.photo_large",
			CF:         f.field["cf"],
			Benefit:    f.field["benefit"],
			CaseNumber: f.field["case_number"],
		}
		p.checkPage(w, r, http.StatusRequestEntityTooLarge, v)
	case err != nil:
		p.gone(w, r)
	}
	return f, err == nil
}

// fields reads a form of either encoding. It reads a multipart form part by part, so that no part is written
// to a disk.
func (p *Pages) fields(r *http.Request) (form, error) {
	f := form{field: make(map[string]string)}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" || !p.config.Photos {
		if err := r.ParseForm(); err != nil {
			return f, err
		}
		f.field = fieldsOf(r)
		return f, nil
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return f, err
	}
	for range 20 {
		part, err := parts.NextPart()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return f, err
		}
		limit := int64(maxField)
		if part.FormName() == "photo" {
			limit = maxPhoto + 1
		}
		value, err := io.ReadAll(io.LimitReader(part, limit))
		if err != nil {
			return f, err
		}
		if part.FormName() == "photo" {
			f.photo = value
		} else {
			f.field[part.FormName()] = strings.TrimSpace(string(value))
		}
	}
	return f, errors.New("page: form has too many parts")
}

// readPhoto returns the text of the QR in a picture or PDF, or the key of a text about the failure.
func (p *Pages) readPhoto(ctx context.Context, c *verifier.Client, photo []byte) (text, errorKey string) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	select {
	case p.readers <- struct{}{}:
		defer func() { <-p.readers }()
	case <-ctx.Done():
		return "", "q.photo_busy"
	}
	text, err := scan.Text(ctx, c, photo)
	switch {
	case errors.Is(err, scan.ErrTooLarge):
		return "", "q.photo_large"
	case errors.Is(err, scan.ErrSeveral):
		return "", "q.photo_several"
	case err != nil:
		return "", "q.photo_unreadable"
	}
	return text, ""
}
