package journal

import (
	"fmt"
	"log/slog"
)

// A Rollback is the error of a database that lacks what the journal has.
type Rollback struct {
	// Size is the number of records in the database's access log, and Kept that in the journal.
	Size, Kept int64
	// Voids is the number of cut-offs that the database lacks.
	Voids int
	// Forked reports that the database has other records than the journal saw, not only fewer.
	Forked bool
}

// Error says what the database lacks, and names nobody.
func (r *Rollback) Error() string {
	return fmt.Sprintf("the database was put back: its access log has %d records, the journal's %d, and %d "+
		"voids are missing", r.Size, r.Kept, r.Voids)
}

// LogValue is Error.
func (r *Rollback) LogValue() slog.Value { return slog.StringValue(r.Error()) }
