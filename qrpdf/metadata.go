package qrpdf

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"strings"
	"sync"
	"time"
)

const producer = "Attesta"

// lang returns the languages in the form of Document.Lang.
func (b *builder) lang() string {
	if len(b.langs) > 1 {
		return b.langs[0].lang + "+" + b.langs[1].lang
	}
	return b.langs[0].lang
}

// metadata returns the XMP packet: the content of the information dictionary, and the standards
// to which the file conforms. PDF/A requires a declaration of the properties of PDF/UA.
func (b *builder) metadata() []byte {
	var languages strings.Builder
	for _, w := range b.langs {
		fmt.Fprintf(&languages, "<rdf:li>%s</rdf:li>", w.lang)
	}
	issued := b.d.Issued.UTC().Format(time.RFC3339)
	issued = strings.TrimSuffix(issued, "Z") + "+00:00"
	return fmt.Appendf(make([]byte, 0, 3<<10), `<?xpacket begin="`+"\uFEFF"+`" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"`+
		` xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag>%s</rdf:Bag></dc:language>
<xmp:CreateDate>%s</xmp:CreateDate>
<xmp:ModifyDate>%[5]s</xmp:ModifyDate>
<xmp:MetadataDate>%[5]s</xmp:MetadataDate>
<pdf:Producer>%[6]s</pdf:Producer>
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"`+
		` xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file keeps</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>`, escapeXML(b.title), escapeXML(b.d.DisplayName), escapeXML(b.subject), &languages,
		issued, producer)
}

// escapeXML also escapes opening parentheses: a field must not contain the bytes before the link.
func escapeXML(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // fails only when b does
	return strings.ReplaceAll(b.String(), "(", "&#40;")
}

// colorProfile returns a compressed ICC profile, version 2, with the primaries of sRGB and a
// gamma of 2.2. It defines the colours of the page.
var colorProfile = sync.OnceValue(func() []byte {
	text := func(kind, s string) []byte {
		b := append([]byte(kind), 0, 0, 0, 0)
		if kind == "desc" {
			b = binary.BigEndian.AppendUint32(b, uint32(len(s)+1))
		}
		b = append(append(b, s...), 0)
		if kind == "desc" { // no name in Unicode and none for old Macintoshes
			b = append(b, make([]byte, 4+4+2+1+67)...)
		}
		return b
	}
	fixed := func(values ...float64) []byte { // with 16 bits after the point
		var b []byte
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(v*65536+0.5)))
		}
		return b
	}
	xyz := func(x, y, z float64) []byte { return append([]byte("XYZ \x00\x00\x00\x00"), fixed(x, y, z)...) }
	curve := []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33") // 2 + 51/256

	// The primaries adapted to D50, as in the profile of the International Color Consortium.
	tags := []table{
		{"desc", text("desc", "sRGB, gamma 2.2")}, {"cprt", text("text", "No copyright, use freely")},
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"rXYZ", xyz(0.43607, 0.22249, 0.01392)}, {"gXYZ", xyz(0.38515, 0.71687, 0.09708)},
		{"bXYZ", xyz(0.14307, 0.06061, 0.7141)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	header := make([]byte, 128)
	copy(header[8:], "\x02\x10\x00\x00mntrRGB XYZ \x07\xEA\x00\x01\x00\x01")
	copy(header[36:], "acsp")
	copy(header[68:], fixed(0.9642, 1, 0.8249))
	directory := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var data []byte
	start := len(header) + 4 + 12*len(tags)
	for i, t := range tags {
		if i == 0 || !bytes.Equal(t.data, tags[i-1].data) { // the three curves are one
			data = append(data, make([]byte, -len(data)&3)...)
			data = append(data, t.data...)
		}
		directory = append(directory, t.name...)
		directory = binary.BigEndian.AppendUint32(directory, uint32(start+len(data)-len(t.data)))
		directory = binary.BigEndian.AppendUint32(directory, uint32(len(t.data)))
	}
	data = append(data, make([]byte, -len(data)&3)...)
	profile := append(append(header, directory...), data...)
	binary.BigEndian.PutUint32(profile, uint32(len(profile)))
	return deflated(profile, best)
})
