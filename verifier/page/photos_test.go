package page_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/verifier/page"
)

// At most eight photos are in memory. One more is not kept, and the operator gets the form back with what was
// typed. A form without a photo needs no place.
func TestPhotosAreBounded(t *testing.T) {
	o := newOffice(t, func(c *page.Config) { c.Photos, c.Offline = true, true })
	var uploads sync.WaitGroup
	var hold []*io.PipeWriter
	for range 8 {
		body, w := io.Pipe()
		r := httptest.NewRequest(http.MethodPost, "/q", body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		uploads.Go(func() { o.pages.ServeHTTP(httptest.NewRecorder(), r) })
		fmt.Fprint(w, "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\n")
		w.Write(bytes.Repeat([]byte("a"), 100<<10)) // returns when the handler has begun to read the photo
		hold = append(hold, w)
	}
	busy := o.upload("/q", []byte("one more"), "qr", "", "cf", "", "case", "A/12")
	assert.Equal(t, http.StatusUnprocessableEntity, busy.Code)
	assert.Contains(t, busy.Body.String(), "Troppe foto in lettura")
	assert.Contains(t, o.upload("/q", nil, "qr", o.qr, "cf", "").Body.String(), "answer-unknown")
	for _, w := range hold {
		w.CloseWithError(io.ErrUnexpectedEOF)
	}
	uploads.Wait()
	for range 9 {
		answer := o.upload("/q", []byte(o.qr), "qr", "", "cf", "")
		assert.Contains(t, answer.Body.String(), "answer-unknown", "the places are free again")
	}
}
