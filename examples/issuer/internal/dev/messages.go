package dev

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
)

// messagesView lists the messages to telephones, or the letters to mailboxes.
type messagesView struct {
	// Persona is the recipient; empty means all.
	Persona  string
	People   []personaView
	Messages []messageView
	// Last is the number of the newest message. The page waits for later ones.
	Last int64
}

type messageView struct {
	message
	// Names are the personas with the message's number or address; several may share one.
	Names string
	// Code is the first word of a message if it is a number, and Rest is what follows it.
	Code, Rest string
}

func (p *Pages) phone(w http.ResponseWriter, r *http.Request) {
	p.messages(w, r, kindPhone, "dev-phone", func(who demo.Persona) string { return who.Phone })
}

func (p *Pages) mail(w http.ResponseWriter, r *http.Request) {
	p.messages(w, r, kindMail, "dev-mail", func(who demo.Persona) string { return who.Email })
}

func (p *Pages) messages(w http.ResponseWriter, r *http.Request, kind, page string,
	address func(demo.Persona) string) {
	v := messagesView{}
	only, one := p.persona(r.URL.Query().Get("persona"))
	v.Persona = only.ID
	names := make(map[string][]string)
	for _, who := range p.Personas {
		if to := address(who); to != "" {
			names[to] = append(names[to], who.Given+" "+who.Family)
			v.People = append(v.People, personaView{ID: who.ID, Name: who.Given + " " + who.Family})
		}
	}
	list, err := p.Outbox.list(r.Context(), kind)
	if err == nil {
		v.Last, err = p.Outbox.last(r.Context(), kind)
	}
	if err != nil {
		p.failed(w, r)
		return
	}
	for _, m := range list {
		if one && m.To != address(only) {
			continue
		}
		view := messageView{message: m, Names: strings.Join(names[m.To], ", ")}
		view.Code, view.Rest, _ = strings.Cut(m.Text, " ")
		if strings.Trim(view.Code, "0123456789") != "" { // a notice, or a letter
			view.Code, view.Rest = "", m.Text
		}
		v.Messages = append(v.Messages, view)
	}
	p.Site.Render(w, r, http.StatusOK, page, v)
}

// attachment sends the file of a letter.
func (p *Pages) attachment(w http.ResponseWriter, r *http.Request) {
	m, err := p.Outbox.file(r.Context(), number(r.PathValue("id")))
	switch {
	case err != nil:
		p.failed(w, r)
		return
	case m.file == nil:
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", m.FileType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment",
		map[string]string{"filename": m.FileName}))
	w.Write(m.file)
}

// How often a live page looks for news, how often it sends a comment to keep the connection open, and how
// many live pages there may be.
const (
	lookInterval = 500 * time.Millisecond
	beatInterval = 15 * time.Second
	maxStreams   = 32
)

// live reports new messages to a page by server-sent events. An event holds only a number; the page then
// reloads itself.
func (p *Pages) live(w http.ResponseWriter, r *http.Request, kind string) {
	if p.streams.Add(1) > maxStreams {
		p.streams.Add(-1)
		w.Header().Set("Retry-After", "30")
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	defer p.streams.Add(-1)
	control := http.NewResponseController(w)
	if err := control.SetWriteDeadline(time.Time{}); err != nil {
		http.Error(w, http.StatusText(http.StatusNotImplemented), http.StatusNotImplemented)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // keeps a proxy from buffering
	seen := number(r.URL.Query().Get("after"))
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		seen = number(id)
	}
	fmt.Fprint(w, "retry: 2000\n\n")
	look, beat := time.NewTicker(lookInterval), time.NewTicker(beatInterval)
	defer look.Stop()
	defer beat.Stop()
	for control.Flush() == nil {
		select {
		case <-r.Context().Done():
			return
		case <-p.Done:
			return
		case <-beat.C:
			fmt.Fprint(w, ": still here\n\n")
		case <-look.C:
			last, err := p.Outbox.last(r.Context(), kind)
			if err != nil {
				return // the page reconnects
			}
			if last > seen {
				seen = last
				fmt.Fprintf(w, "id: %d\nevent: news\ndata: %d\n\n", seen, seen)
			}
		}
	}
}
