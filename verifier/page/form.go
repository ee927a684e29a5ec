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

// maxPhotos limits the photos in memory: those that arrive, wait and are read. maxReaders of them are read at
// the same time.
const (
	maxPhotos  = 8
	maxReaders = 2
)

// form is the content of the form of the first level: the fields by name, without surrounding white space,
// and the photo. If busy is true, there was a photo, but too many others were in memory.
type form struct {
	field map[string]string
	photo []byte
	busy  bool
}

// fieldsOf returns the fields of a form that is parsed, without surrounding white space.
func fieldsOf(r *http.Request) map[string]string {
	fields := map[string]string{}
	for name := range r.PostForm {
		fields[name] = strings.TrimSpace(r.PostForm.Get(name))
	}
	return fields
}

// readForm reads the form of a check. If it returns false, it has already written the answer. The form's
// photo keeps its place until release.
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
		if i, v, ok := p.typed(f); ok {
			v.QRError = "q.photo_large"
			i.Last = last{Typed: v.Typed(), Wrong: v.wrong()}
			p.next(w, r, i, "")
			break
		}
		p.gone(w, r)
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
		if err == nil && part.FormName() == "photo" {
			err = p.readPart(&f, part)
		} else if err == nil {
			var value []byte
			value, err = io.ReadAll(io.LimitReader(part, maxField))
			f.field[part.FormName()] = strings.TrimSpace(string(value))
		}
		if err != nil {
			p.release(f)
			return form{field: f.field}, err
		}
	}
	p.release(f)
	return form{}, errors.New("page: form has too many parts")
}

// readPart reads the photo if there is a place for it. A browser also sends an empty part, which needs none.
func (p *Pages) readPart(f *form, part io.Reader) error {
	first := make([]byte, 1)
	if n, err := io.ReadFull(part, first); n == 0 {
		if err == io.EOF {
			err = nil
		}
		return err
	}
	if f.photo == nil {
		select {
		case p.photos <- struct{}{}:
		default:
			f.busy = true
			_, err := io.Copy(io.Discard, part)
			return err
		}
	}
	f.photo = first // holds the place, whatever follows
	rest, err := io.ReadAll(io.LimitReader(part, maxPhoto))
	f.photo = append(f.photo, rest...)
	return err
}

// release gives the place of the form's photo back.
func (p *Pages) release(f form) {
	if f.photo != nil {
		<-p.photos
	}
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
	return text, photoError(err)
}

// photoError returns the key of the text for an error of [scan.Text], or "" if err is nil. The advice to take
// a photo again is for photos only.
func photoError(err error) string {
	if err == nil {
		return ""
	}
	var kind *scan.UnsupportedError
	if errors.As(err, &kind) {
		switch {
		case strings.HasPrefix(kind.Kind, "HEIC"):
			return "q.file_heic"
		case strings.HasPrefix(kind.Kind, "TIFF"):
			return "q.file_tiff"
		}
		return "q.file_kind"
	}
	for _, k := range []struct {
		err error
		key string
	}{
		{scan.ErrTooLarge, "q.photo_large"},
		{scan.ErrSeveral, "q.photo_several"},
		{scan.ErrEncrypted, "q.file_encrypted"},
		{scan.ErrPortfolio, "q.file_portfolio"},
		{scan.ErrNoLink, "q.file_no_link"},
		{scan.ErrOtherLinks, "q.file_links"},
		{scan.ErrPicture, "q.photo_damaged"},
		{scan.ErrTooManyPixels, "q.photo_damaged"},
		{scan.ErrEmpty, "q.file_kind"},
		{scan.ErrUnknownKind, "q.file_kind"},
	} {
		if errors.Is(err, k.err) {
			return k.key
		}
	}
	return "q.photo_unreadable"
}
