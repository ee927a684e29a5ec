package status

// An Outcome is the content of a judgement by a commission or a court. The zero Outcome is no
// judgement; a negative one has [DegreeNone].
type Outcome struct {
	Degree Degree `json:"degree,omitempty"`
	// Percent is the percentage of civil invalidity that the verbale states, 1 to 100. Zero means
	// that it states none, as is usual for minors below 16 and people over 65, and always outside
	// civil invalidity.
	Percent int `json:"percent,omitempty"`
	// Formula is the code that the source gives to its text; zero if it gives none.
	Formula Formula `json:"formula,omitzero"`
	// Annotations are those of art. 4 DL 5/2012; zero means that none was recorded.
	Annotations Annotations `json:"annotations,omitzero"`
}

// A Formula is a source's own code for the text of a judgement. It is kept beside the degree so
// that nothing is lost. It has no effect.
type Formula struct {
	// Scheme names the numbering: up to 32 lower-case letters, digits and hyphens.
	Scheme string `json:"scheme"`
	// Code is one to four letters and digits. A code that could be that of a disease is refused:
	// three digits or more in a row (DM 5 Feb 1992, ICD-9), or a letter before two digits
	// (ICD-10).
	Code string `json:"code"`
}

// SchemeVerbale is the numbering of the formulas on the verbali of civil invalidity, blindness
// and deafness, of which 1 to 8 are published.
const SchemeVerbale = "verbale"

// A Tri is yes, no or not recorded. The zero value is NotRecorded, which is never a no: verbali
// from before art. 4 DL 5/2012 say nothing.
type Tri string

// The values of a Tri.
const (
	NotRecorded Tri = ""
	Yes         Tri = "yes"
	No          Tri = "no"
)

// An Annotation is one of the requirements for parking and for tax relief on vehicles that a
// verbale has to state beside the judgement: art. 4 DL 5/2012 (L. 35/2012).
type Annotation string

// The annotations. Their codes are stable and are never reused.
const (
	// AnnotationParking is walking impeded or markedly reduced (art. 381 c. 2 DPR 495/1992), for
	// the parking badge.
	AnnotationParking Annotation = "parking_art_381"
	// AnnotationReducedMobility is permanently reduced or impeded motor capacity (art. 8 L.
	// 449/1997), for an adapted car.
	AnnotationReducedMobility Annotation = "reduced_mobility_art_8"
	// AnnotationGraveWalking is a grave limitation of walking, or multiple amputations (art. 30
	// c. 7 L. 388/2000).
	AnnotationGraveWalking Annotation = "grave_walking_art_30_c7"
	// AnnotationPsychicAttendance is a psychic or mental handicap with indennità di
	// accompagnamento (art. 30 c. 7 L. 388/2000).
	AnnotationPsychicAttendance Annotation = "psychic_attendance_art_30_c7"
	// AnnotationBlind and AnnotationDeaf are those of art. 6 L. 488/1999.
	AnnotationBlind Annotation = "blind_art_6"
	AnnotationDeaf  Annotation = "deaf_art_6"
)

// AnnotationCodes returns every Annotation, in the order of the fields of
// [Annotations].
func AnnotationCodes() []Annotation {
	return []Annotation{AnnotationParking, AnnotationReducedMobility, AnnotationGraveWalking,
		AnnotationPsychicAttendance, AnnotationBlind, AnnotationDeaf}
}

// Annotations holds the six annotations of one verbale. In the zero value none is recorded;
// [NoAnnotations] is the verbale that denies them.
type Annotations struct {
	Parking           Tri `json:"parking_art_381,omitempty"`
	ReducedMobility   Tri `json:"reduced_mobility_art_8,omitempty"`
	GraveWalking      Tri `json:"grave_walking_art_30_c7,omitempty"`
	PsychicAttendance Tri `json:"psychic_attendance_art_30_c7,omitempty"`
	Blind             Tri `json:"blind_art_6,omitempty"`
	Deaf              Tri `json:"deaf_art_6,omitempty"`
}

// NoAnnotations returns the annotations of a verbale that says that the person meets none of the
// requirements of art. 4 DL 5/2012: six times no.
func NoAnnotations() Annotations { return Annotations{No, No, No, No, No, No} }

// Value returns the annotation name, or NotRecorded if the name is unknown.
func (a Annotations) Value(name Annotation) Tri {
	switch name {
	case AnnotationParking:
		return a.Parking
	case AnnotationReducedMobility:
		return a.ReducedMobility
	case AnnotationGraveWalking:
		return a.GraveWalking
	case AnnotationPsychicAttendance:
		return a.PsychicAttendance
	case AnnotationBlind:
		return a.Blind
	case AnnotationDeaf:
		return a.Deaf
	}
	return NotRecorded
}
