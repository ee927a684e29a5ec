package intake

import _ "embed" // for Format

//go:embed format.txt
var format string

// Format explains the formats in plain text.
func Format() string { return format }
