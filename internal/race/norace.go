//go:build !race

package race

// Enabled says that the program was built with -race.
const Enabled = false
