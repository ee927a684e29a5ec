package page

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// Bounds of a form: a photo, and the fields beside it.
const (
	maxPhoto    = scan.MaxBytes
	maxField    = 4 << 10
	readTimeout = 10 * time.Second
)

// read reads the form of a check. If ok is false the answer was given.
func (p *Pages) read(w http.ResponseWriter, r *http.Request) (f startView, ok bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxPhoto+(64<<10))
	photo, err := fields(r, &f)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		f.QRError = "desk.photo_large"
		p.form(w, r, http.StatusRequestEntityTooLarge, f)
		return f, false
	case err != nil:
		p.form(w, r, http.StatusBadRequest, f)
		return f, false
	}
	f.QR = strings.TrimSpace(f.QR)
	var typed inquiry
	if f.CF == "" && p.box.Open(f.Inquiry, inPage, &typed) {
		f.CF = typed.CF
	}
	if f.Case != "" && !api.CaseNumberAllowed(f.Case) {
		f.CaseError = "desk.case_refused"
	}
	if f.QR == "" && len(photo) > 0 {
		f.QR, f.QRError = p.readPhoto(r.Context(), photo)
	} else if f.QR == "" {
		f.QRError = "desk.qr_missing"
	}
	return f, true
}

// fields reads a form of either encoding, part by part, so that no part is written to a disk.
func fields(r *http.Request, f *startView) (photo []byte, err error) {
	named := map[string]*string{"qr": &f.QR, "cf": &f.CF, "benefit": &f.Benefit, "case": &f.Case, "inquiry": &f.Inquiry}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		for name, field := range named {
			*field = r.PostForm.Get(name)
		}
		return nil, nil
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for range 20 {
		part, err := parts.NextPart()
		if err == io.EOF {
			return photo, nil
		}
		if err != nil {
			return nil, err
		}
		if field := named[part.FormName()]; field != nil {
			value, err := io.ReadAll(io.LimitReader(part, maxField))
			if err != nil {
				return nil, err
			}
			*field = string(value)
		} else if part.FormName() == "photo" {
			if photo, err = io.ReadAll(part); err != nil {
				return nil, err
			}
		}
	}
	return nil, errors.New("form has too many parts")
}

// readPhoto looks for the QR in a picture or PDF. Of several texts the one that is ours counts.
func (p *Pages) readPhoto(ctx context.Context, photo []byte) (text, errorKey string) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	select {
	case p.readers <- struct{}{}:
		defer func() { <-p.readers }()
	case <-ctx.Done():
		return "", "desk.photo_busy"
	}
	text, err := scan.Text(ctx, p.Client, photo)
	switch {
	case errors.Is(err, scan.ErrSeveral):
		return "", "desk.photo_several"
	case err != nil:
		return "", "desk.photo_unreadable"
	}
	return text, ""
}
