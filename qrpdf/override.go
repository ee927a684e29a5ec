package qrpdf

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Wording holds sentences of a Document, a DeskCard or a CodeSheet in one language, in place of those of the
// package. The keys are those of [BuiltIn]. A list, such as checker.steps, has one item a line. Words in
// braces stand for facts and may be left out: {address} is where the symbol leads, {body} the name of the
// body.
//
// Four more keys say a fact in this language: display_name, contact, void_at and void_phone, the fields of
// these names. So a sheet in two languages has the body's name, and how to reach it, in both.
//
// Writing fails on an unknown key, on an empty text or line, on a letter that the fonts lack, on a line of
// more than 300 bytes (names: 160), and on words in braces that the sentence of the package does not have.
// What replaces a sentence is tagged and checked as that sentence would be; its content is not checked.
type Wording map[string]string

// maxItems is the greatest number of lines in a text of a Wording.
const maxItems = 8

// facts are the texts of a document that may differ in its languages.
type facts struct {
	displayName, contact, voidAt, voidPhone string
}

// BuiltIn returns the texts of the package in it, en, de, fr or sl, or nil for another language. The caller
// may change the map.
func BuiltIn(lang string) Wording {
	for _, w := range catalogue() {
		if w.lang == lang {
			all := Wording{}
			w.walk(func(key string, v reflect.Value) {
				if items := itemsOf(v); len(items) > 0 {
					all[key] = strings.Join(items, "\n")
				}
			})
			return all
		}
	}
	return nil
}

// walk calls yield for every string and every list of strings that a Wording can replace, with its key.
func (w *wording) walk(yield func(key string, v reflect.Value)) {
	walk(reflect.ValueOf(w).Elem(), "", yield)
}

func walk(v reflect.Value, key string, yield func(key string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			switch name := field.Tag.Get("json"); {
			case field.Anonymous:
				walk(v.Field(i), key, yield)
			case name != "":
				walk(v.Field(i), strings.TrimPrefix(key+"."+name, "."), yield)
			}
		}
	case reflect.String, reflect.Slice:
		yield(key, v)
	}
}

// itemsOf returns a string or a list of strings as a list.
func itemsOf(v reflect.Value) []string {
	if v.Kind() == reflect.String {
		return []string{v.String()}
	}
	return v.Interface().([]string)
}

// each calls yield for every text.
func (w *wording) each(yield func(string)) {
	for _, month := range w.Months {
		yield(month)
	}
	w.walk(func(_ string, v reflect.Value) {
		for _, text := range itemsOf(v) {
			yield(text)
		}
	})
}

// eachBold calls yield for every text in bold type, titles, headings and labels, but not for those of Easy.
func (w *wording) eachBold(yield func(string)) {
	w.walk(func(key string, v reflect.Value) {
		if strings.HasPrefix(key, "easy.") {
			return
		}
		if strings.HasSuffix(key, "title") || strings.HasSuffix(key, "heading") ||
			strings.HasPrefix(key, "label.") || key == "desk.address" {
			yield(v.String())
		}
	})
}

// replaced returns w with the texts of a Wording in place of its own.
func (w *wording) replaced(by Wording) (*wording, error) {
	if len(by) == 0 {
		return w, nil
	}
	changed := *w
	left := maps.Clone(by)
	var err error
	change := func(key string, v reflect.Value, most int) {
		text, ok := left[key]
		if !ok || err != nil {
			return
		}
		delete(left, key)
		var items []string
		items, err = lines(text, most, itemsOf(v))
		switch {
		case err != nil:
			err = fmt.Errorf("wording %s: %s: %w", w.lang, key, err)
		case v.Kind() == reflect.Slice:
			v.Set(reflect.ValueOf(items))
		case len(items) > 1:
			err = fmt.Errorf("wording %s: %s: more than one line", w.lang, key)
		default:
			v.SetString(items[0])
		}
	}
	changed.walk(func(key string, v reflect.Value) { change(key, v, maxLine) })
	f := &changed.facts
	change("display_name", reflect.ValueOf(&f.displayName).Elem(), maxName)
	change("contact", reflect.ValueOf(&f.contact).Elem(), maxLine)
	change("void_at", reflect.ValueOf(&f.voidAt).Elem(), maxLine)
	change("void_phone", reflect.ValueOf(&f.voidPhone).Elem(), maxLine)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("wording %s: no text %.40q", w.lang, slices.Sorted(maps.Keys(left))[0])
	}
	return &changed, err
}

var inBraces = regexp.MustCompile(`\{[^}]*\}`)

// lines splits a text into its lines in printed form and checks them. Words in braces must be among those of
// the built-in texts.
func lines(text string, most int, builtIn []string) ([]string, error) {
	items := strings.Split(text, "\n")
	if len(items) > maxItems {
		return nil, fmt.Errorf("%d lines, at most %d", len(items), maxItems)
	}
	for i, item := range items {
		var err error
		if items[i], err = tidy("line", item, most); err != nil {
			return nil, err
		}
		if items[i] == "" {
			return nil, errors.New("empty")
		}
		for _, name := range inBraces.FindAllString(item, -1) {
			if !strings.Contains(strings.Join(builtIn, ""), name) {
				return nil, fmt.Errorf("no %s here", name)
			}
		}
		for _, r := range items[i] { // it may be set in bold
			if all := fonts(); all[bold].glyph(r) == 0 && all[supplement].glyph(r) == 0 {
				return nil, missingLetter(r)
			}
		}
	}
	return items, nil
}
