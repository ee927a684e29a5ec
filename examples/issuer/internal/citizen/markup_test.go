package citizen_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
)

var (
	tagPattern  = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*/?>`)
	attrPattern = regexp.MustCompile(`\s([a-zA-Z-]+)(?:="([^"]*)")?`)
	empty       = strings.Fields("meta link input br img hr")
)

// wellFormed checks the markup of a page: elements nest, identifiers are unique and every reference has one,
// each field has a label, each picture has a text, and no text is missing.
func wellFormed(t *testing.T, name, page string) {
	t.Helper()
	body := strings.TrimPrefix(page, "<!doctype html>")
	tags := tagPattern.FindAllStringSubmatch(body, -1)
	assert.Equal(t, strings.Count(body, "<"), len(tags), "%s: a tag that is none", name)
	var open []string
	ids, wanted, labels := map[string]bool{}, []string{}, map[string]bool{}
	var fields []string
	for _, m := range tags {
		tag := strings.ToLower(m[2])
		if m[1] == "/" {
			if assert.NotEmpty(t, open, "%s: %s is closed", name, tag) {
				assert.Equal(t, open[len(open)-1], tag, "%s: nesting", name)
				open = open[:len(open)-1]
			}
			continue
		}
		attrs := map[string]string{}
		for _, a := range attrPattern.FindAllStringSubmatch(m[3], -1) {
			assert.NotContains(t, attrs, a[1], "%s: attribute twice", name)
			attrs[a[1]] = a[2]
		}
		if id, ok := attrs["id"]; ok {
			assert.False(t, ids[id], "%s: two elements are called %s", name, id)
			ids[id] = true
		}
		wanted = append(wanted, strings.Fields(attrs["aria-describedby"])...)
		labels[attrs["for"]] = true
		switch tag {
		case "img":
			assert.NotEmpty(t, attrs["alt"], "%s: picture without a text", name)
		case "input", "select":
			if attrs["type"] != "hidden" {
				fields = append(fields, attrs["id"])
			}
		case "form":
			assert.Equal(t, "post", attrs["method"], name)
		}
		if !slices.Contains(empty, tag) {
			open = append(open, tag)
		}
	}
	assert.Empty(t, open, "%s: elements stay open", name)
	for _, id := range wanted {
		assert.True(t, ids[id], "%s: nothing is called %s", name, id)
	}
	for _, id := range fields {
		assert.True(t, labels[id] && id != "", "%s: field %s has no label", name, id)
	}
	assert.NotContains(t, page, "%!", name)
	assert.NotContains(t, page, "<no value>", name)
	assert.NotContains(t, page, "ZgotmplZ", name)
	assert.Equal(t, 1, strings.Count(page, "<h1"), "%s: one heading of the first level", name)
}

// anonymous checks that a text holds no codice fiscale, telephone number or e-mail address.
func anonymous(t *testing.T, name, text string) {
	t.Helper()
	for _, p := range demo.Personas() {
		assert.NotContains(t, text, p.CF.Reveal(), name)
		if p.Phone != "" {
			assert.NotContains(t, text, strings.TrimPrefix(p.Phone, "+39"), name)
			assert.NotContains(t, text, p.Email, name)
		}
	}
}
