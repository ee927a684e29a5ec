package accesslog

// MaxGroup and MaxWaiting are the bounds of what waits.
const (
	MaxGroup   = maxGroup
	MaxWaiting = maxWaiting
)

// Pending returns the number of records that wait for a transaction, and one more if there is a transaction.
func (l *Log) Pending() int {
	l.group.mu.Lock()
	defer l.group.mu.Unlock()
	if l.group.writing {
		return len(l.group.waiting) + 1
	}
	return len(l.group.waiting)
}
