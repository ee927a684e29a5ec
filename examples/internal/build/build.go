// Package build says which build of a program runs.
package build

import (
	"cmp"
	"runtime/debug"
)

// Info is what the Go toolchain wrote into the program. A field without information is "unknown".
type Info struct {
	Version string // of the module with the programs; "(devel)" in a working copy without tags
	Commit  string // with "-modified" behind it if the working copy had other changes
	Go      string // of the toolchain, such as go1.26.10
}

// Read returns what is known of the running program.
func Read() Info {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		b = new(debug.BuildInfo)
	}
	settings := make(map[string]string)
	for _, s := range b.Settings {
		settings[s.Key] = s.Value
	}
	i := Info{Version: cmp.Or(b.Main.Version, "unknown"), Commit: cmp.Or(settings["vcs.revision"], "unknown"),
		Go: cmp.Or(b.GoVersion, "unknown")}
	if settings["vcs.modified"] == "true" {
		i.Commit += "-modified"
	}
	return i
}
