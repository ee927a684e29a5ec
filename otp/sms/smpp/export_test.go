package smpp

// StatusName returns the specification's name of a status.
func StatusName(status uint32) string { return statuses[status].name }
