package scan

import "github.com/qr-invalidita/attesta/internal/race"

func init() {
	if race.Enabled { // which makes work on pixels ten times as slow
		symbolTime *= 10
	}
}
