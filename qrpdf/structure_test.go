package qrpdf_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// node is an element of the structure tree in a file, with its text.
type node struct {
	role, lang, alt string
	text            string // of its own marked content
	attributes      string
	link            bool // holds the annotation
	kids            []*node
}

// outline reads back the structure tree of a file, with the texts on its pages.
type outline struct {
	testing.TB
	objects map[int]pdfObject
	marks   map[int]map[int]string // by page object and number
	owners  map[int]map[int]int    // the element of each, by the parent tree
}

var (
	element = regexp.MustCompile(`^<< /S /(\w+) /P (\d+) 0 R(.*?) /K \[(.*)\](?: /Pg (\d+) 0 R)? >>$`)
	langOf  = regexp.MustCompile(`^ /Lang \((\w+)\)`)
	altOf   = regexp.MustCompile(` /Alt [(<]`)
	ruleOf  = regexp.MustCompile(` /A << (.*) >>$`)
	kidOf   = regexp.MustCompile(
		`<< /Type /OBJR /Obj (\d+) 0 R /Pg \d+ 0 R >>|<< /Type /MCR /Pg (\d+) 0 R /MCID (\d+) >>|(\d+) 0 R` +
			`|(\d+)`)
	marked   = regexp.MustCompile(`(?s)^/(\w+) << /MCID (\d+) >> BDC\n(.*?)EMC\n`)
	artifact = regexp.MustCompile(`(?s)^/Artifact BMC\n(.*?)EMC\n`)
	shown    = regexp.MustCompile(`/F(\d) |<([0-9A-F]+)> Tj`)
	mapped   = regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]{4})>\n`)
	fontOf   = regexp.MustCompile(`/F(\d) (\d+) 0 R`)
)

func readOutline(t testing.TB, b []byte) *node {
	t.Helper()
	objects, _ := readPDF(t, b)
	o := &outline{TB: t, objects: objects, marks: map[int]map[int]string{}, owners: map[int]map[int]int{}}
	tree := objects[reference(t, objects[1].text, "/StructTreeRoot")].text
	o.readParents(objects[reference(t, tree, "/ParentTree")].text)
	for number, object := range objects {
		if strings.Contains(object.text, "/Type /Page ") {
			o.readPage(number, object.text)
		}
	}
	seen := 0
	root := o.read(reference(t, tree, "/K"), reference(t, objects[1].text, "/StructTreeRoot"), &seen)
	total := 0
	for _, marks := range o.marks {
		total += len(marks)
	}
	require.Equal(t, total, seen, "every marked content has its place in the tree")
	return root
}

// readPage requires that all content is either tagged or an artifact, and keeps its letters.
func (o *outline) readPage(number int, page string) {
	unicode := map[string]map[string]string{}
	for _, m := range fontOf.FindAllStringSubmatch(page, -1) {
		font, _ := strconv.Atoi(m[2])
		letters := map[string]string{}
		for _, e := range mapped.FindAllStringSubmatch(o.objects[reference(o, o.objects[font].text,
			"/ToUnicode")].data, -1) {
			code, _ := strconv.ParseUint(e[2], 16, 16)
			letters[e[1]] = string(rune(code))
		}
		unicode[m[1]] = letters
	}
	o.marks[number] = map[int]string{}
	rest := contentOf(o, o.objects, page)
	for rest != "" {
		if m := artifact.FindString(rest); m != "" {
			require.NotContains(o, m[len("/Artifact BMC"):], "BDC", "nested")
			rest = rest[len(m):]
			continue
		}
		m := marked.FindStringSubmatch(rest)
		require.NotNil(o, m, "content that is neither tagged nor an artifact: %.60q", rest)
		require.NotContains(o, m[3], "BDC", "nested")
		require.NotContains(o, m[3], "BMC", "nested")
		mark, _ := strconv.Atoi(m[2])
		require.Equal(o, len(o.marks[number]), mark)
		var text strings.Builder
		letters := map[string]string(nil)
		for _, s := range shown.FindAllStringSubmatch(m[3], -1) {
			if s[1] != "" {
				letters = unicode[s[1]]
				continue
			}
			for i := 0; i < len(s[2]); i += 4 {
				letter, ok := letters[s[2][i:i+4]]
				require.True(o, ok, "glyph %s without a letter", s[2][i:i+4])
				text.WriteString(letter)
			}
		}
		o.marks[number][mark] = text.String()
		rest = rest[len(m[0]):]
	}
}

func (o *outline) readParents(tree string) {
	for _, m := range regexp.MustCompile(`(\d+) \[([^\]]*)\]`).FindAllStringSubmatch(tree, -1) {
		page, _ := strconv.Atoi(m[1])
		o.owners[page] = map[int]int{}
		for i, r := range regexp.MustCompile(`(\d+) 0 R`).FindAllStringSubmatch(m[2], -1) {
			o.owners[page][i], _ = strconv.Atoi(r[1])
		}
	}
}

func (o *outline) read(number, parent int, seen *int) *node {
	m := element.FindStringSubmatch(o.objects[number].text)
	require.NotNil(o, m, o.objects[number].text)
	require.Equal(o, strconv.Itoa(parent), m[2])
	n := &node{role: m[1]}
	if lang := langOf.FindStringSubmatch(m[3]); lang != nil {
		n.lang = lang[1]
	}
	if altOf.MatchString(m[3]) {
		n.alt = textAfter(o, m[3], "/Alt")
	}
	if rule := ruleOf.FindStringSubmatch(m[3]); rule != nil {
		n.attributes = rule[1]
	}
	for _, k := range kidOf.FindAllStringSubmatch(m[4], -1) {
		page, mark := m[5], k[5]
		if k[2] != "" {
			page, mark = k[2], k[3]
		}
		switch {
		case k[1] != "":
			n.link = true
			require.Contains(o, find(o, o.objects, "/Subtype /Link").text, "/StructParent ")
		case k[4] != "":
			kid, _ := strconv.Atoi(k[4])
			n.kids = append(n.kids, o.read(kid, number, seen))
		default:
			p, _ := strconv.Atoi(page)
			i, _ := strconv.Atoi(mark)
			text, ok := o.marks[p][i]
			require.True(o, ok, "mark %d of page object %d", i, p)
			key, _ := strconv.Atoi(
				regexp.MustCompile(`/StructParents (\d+)`).FindStringSubmatch(o.objects[p].text)[1])
			require.Equal(o, number, o.owners[key][i], "the parent tree leads back")
			n.text += text
			*seen++
		}
	}
	for _, k := range n.kids {
		require.True(o, n.text == "" || k.all() == "",
			"%s and what is in it say something: the order would be lost here", n.role)
	}
	return n
}

// walk calls yield for n and all nodes below it, with the language of each.
func (n *node) walk(lang string, yield func(n *node, lang string)) {
	if n.lang != "" {
		lang = n.lang
	}
	yield(n, lang)
	for _, k := range n.kids {
		k.walk(lang, yield)
	}
}

// all returns the text of n and of all nodes below it.
func (n *node) all() string {
	var b strings.Builder
	n.walk("", func(n *node, _ string) { b.WriteString(n.text) })
	return b.String()
}

// String returns what a person hears, in order, with the language of each text.
func (n *node) String() string {
	var b strings.Builder
	n.write(&b, "", "")
	return b.String()
}

func (n *node) write(b *strings.Builder, indent, lang string) {
	if n.lang != "" {
		lang = n.lang
	}
	fmt.Fprintf(b, "%s%s", indent, n.role)
	if n.attributes != "" {
		fmt.Fprintf(b, " {%s}", n.attributes)
	}
	if n.alt != "" {
		fmt.Fprintf(b, " %s: [%s]", lang, n.alt)
	}
	if n.text != "" {
		fmt.Fprintf(b, " %s: %s|", lang, n.text)
	}
	if n.link {
		b.WriteString(" + link")
	}
	b.WriteByte('\n')
	for _, k := range n.kids {
		k.write(b, indent+"  ", lang)
	}
}

// Every text that is in the catalogue of one language only is tagged with that language, and no
// other text is.
func TestLanguagesTagged(t *testing.T) {
	owner := map[string]string{}
	for lang, texts := range qrpdf.Catalogue() {
		for _, text := range texts {
			if owner[text] == "" {
				owner[text] = lang
			} else if owner[text] != lang {
				owner[text] = "several"
			}
		}
	}
	s := fullOf(t, 13)
	eachDocument(func(name string, d qrpdf.Document) {
		root := readOutline(t, write(t, d, s))
		main, second, pair := strings.Cut(d.Lang, "+")
		require.Equal(t, main, root.lang)
		heard := map[string]int{}
		root.walk("", func(n *node, lang string) {
			if n.text == "" {
				return
			}
			if want := owner[strings.TrimSpace(n.text)]; want != "" && want != "several" {
				assert.Equal(t, want, lang, "%s: %s", name, n.text)
				heard[lang]++
			}
		})
		assert.Greater(t, heard[main], 20, name)
		if pair {
			assert.Greater(t, heard[second], 20, name)
		}
		assert.Len(t, heard, strings.Count(d.Lang, "+")+1, name)
	})
}

// The rules of ISO 14289-1 that the tree alone shows, and those that no validator checks.
func TestStructureRules(t *testing.T) {
	s := fullOf(t, 13)
	eachDocument(func(name string, d qrpdf.Document) {
		b := write(t, d, s)
		root := readOutline(t, b)
		require.Equal(t, "Document", root.role)
		var headings []string
		figures, links := 0, 0
		root.walk("", func(n *node, lang string) {
			switch n.role {
			case "H1", "H2":
				headings = append(headings, n.role)
			case "Figure":
				figures++
				assert.NotEmpty(t, n.alt, name)
				assert.NotContains(t, n.alt, "{", name)
				assert.Contains(t, n.attributes, "/O /Layout /BBox [", name)
			case "Table":
				for _, row := range n.kids {
					require.Equal(t, "TR", row.role, name)
					require.Len(t, row.kids, 2, name)
					assert.Equal(t, "TH", row.kids[0].role, name)
					assert.Equal(t, "/O /Table /Scope /Row", row.kids[0].attributes, name)
					assert.Equal(t, "TD", row.kids[1].role, name)
				}
			case "L":
				for i, item := range n.kids {
					require.Equal(t, "LI", item.role, name)
					require.Len(t, item.kids, 2, name)
					assert.Equal(t, "Lbl", item.kids[0].role)
					assert.Equal(t, strconv.Itoa(i+1), item.kids[0].text)
					assert.Equal(t, "LBody", item.kids[1].role)
				}
			}
			if n.link {
				links++
				assert.Equal(t, "Link", n.role)
			}
		})
		assert.NotContains(t, root.all(), "{", name)
		assert.Equal(t, "H1", headings[0], name)
		assert.Equal(t, 1, strings.Count(strings.Join(headings, " "), "H1"), name)
		assert.Equal(t, 1, links, name)
		want := 1
		if d.Logo.Data != nil {
			want = 2
		}
		assert.Equal(t, want, figures, name)
	})
}

// The two sets of properties in the file agree.
func TestMetadataAgrees(t *testing.T) {
	s := fullOf(t, 13)
	d := page()
	d.DisplayName = `Società "A & B" <C> (D) è Ž`
	d.Lang = "it+sl"
	objects, _ := readPDF(t, write(t, d, s))
	xmp := objects[reference(t, objects[1].text, "/Metadata")]
	info := find(t, objects, "/Producer (").text
	plain := strings.NewReplacer("&#40;", "(", "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#34;",
		`"`).Replace(xmp.data)
	assert.Contains(t, plain,
		`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">`+textAfter(t, info, "/Title")+"<")
	assert.Contains(t, plain, "<dc:creator><rdf:Seq><rdf:li>"+d.DisplayName+"<")
	assert.Equal(t, d.DisplayName, textAfter(t, info, "/Author"))
	assert.Contains(t, plain,
		`<dc:description><rdf:Alt><rdf:li xml:lang="x-default">`+textAfter(t, info, "/Subject")+"<")
	assert.Contains(t, plain, "<pdf:Producer>"+textAfter(t, info, "/Producer")+"<")
	assert.Contains(t, plain, "<xmp:CreateDate>2026-11-22T09:30:00+00:00<")
	assert.Contains(t, plain, "<xmp:ModifyDate>2026-11-22T09:30:00+00:00<")
	assert.Equal(t, "D:20261122093000+00'00'", textAfter(t, info, "/CreationDate"))
	assert.Equal(t, "D:20261122093000+00'00'", textAfter(t, info, "/ModDate"))
	assert.Contains(t, plain,
		"<dc:language><rdf:Bag><rdf:li>it</rdf:li><rdf:li>sl</rdf:li></rdf:Bag></dc:language>")
	assert.NotContains(t, xmp.text, "FlateDecode")
}

// The contrast against white of every colour of a text (WCAG 2.2: relative luminance), from the
// file.
func TestContrast(t *testing.T) {
	colors := regexp.MustCompile(`(?m)^([0-9.]+) ([0-9.]+) ([0-9.]+) rg$`)
	seen := map[string]bool{}
	s := fullOf(t, 13)
	eachDocument(func(name string, d qrpdf.Document) {
		if d.Logo.Data != nil {
			return
		}
		objects, _ := readPDF(t, write(t, d, s))
		_, contents := pages(t, objects)
		for _, m := range colors.FindAllStringSubmatch(strings.Join(contents, ""), -1) {
			seen[m[0]] = true
			var color [3]float64
			for i := range color {
				color[i], _ = strconv.ParseFloat(m[i+1], 64)
			}
			assert.GreaterOrEqual(t, contrast(color), 7.0, "%s: %s", name, m[0])
		}
	})
	assert.Len(t, seen, len(qrpdf.Inks()))
}
