package conformance

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// A Report sums up a run.
type Report struct {
	Command []string `json:"command"`
	// Complete is false if the run was interrupted.
	Complete bool `json:"complete"`
	// Cases and Right count those of the supported groups.
	Cases  int     `json:"cases"`
	Right  int     `json:"right"`
	Groups []Group `json:"groups"`
	// Wrong are the cases that were not answered as they should be, in the order of the run.
	Wrong []Result `json:"wrong"`
}

// A Group is one group in a report. An unsupported one was not run.
type Group struct {
	Name        string `json:"name"`
	Unsupported bool   `json:"unsupported,omitempty"`
	Cases       int    `json:"cases"`
	Right       int    `json:"right"`
}

// NewReport sums up the results of the cases. The groups in without were not run.
func NewReport(command []string, all []Case, results []Result, without []string) Report {
	r := Report{Command: command, Wrong: []Result{}}
	at := map[string]int{}
	for n, name := range Groups() {
		at[name] = n
		r.Groups = append(r.Groups, Group{Name: name, Unsupported: slices.Contains(without, name)})
	}
	for _, c := range all {
		g := &r.Groups[at[c.Group]]
		g.Cases++
		if !g.Unsupported {
			r.Cases++
		}
	}
	for _, result := range results {
		if !result.Right {
			r.Wrong = append(r.Wrong, result)
			continue
		}
		r.Groups[at[result.Group]].Right++
		r.Right++
	}
	r.Complete = len(results) == r.Cases
	return r
}

// Conforms reports whether every case of the supported groups was run and answered as it should be.
func (r Report) Conforms() bool { return r.Complete && r.Cases > 0 && r.Right == r.Cases }

// maxShown bounds the wrong cases of a group in the text for people.
const maxShown = 10

// Print writes the report for people.
func (r Report) Print(w io.Writer) error {
	shown := map[string]int{}
	for _, c := range r.Wrong {
		if shown[c.Group]++; shown[c.Group] > maxShown {
			continue
		}
		fmt.Fprintf(w, "WRONG  %s: %s\n       expected %s, got %s\n", c.ID, c.Comment, c.Expected, c.Got)
	}
	for _, name := range Groups() {
		if more := shown[name] - maxShown; more > 0 {
			fmt.Fprintf(w, "       and %d more of the group %s (-json lists them)\n", more, name)
		}
	}
	if len(r.Wrong) > 0 {
		fmt.Fprintln(w)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, g := range r.Groups {
		if g.Unsupported {
			fmt.Fprintf(table, "%s\tnot supported, %d cases not run\n", g.Name, g.Cases)
			continue
		}
		fmt.Fprintf(table, "%s\t%d of %d right\n", g.Name, g.Right, g.Cases)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	said := "DOES NOT CONFORM"
	switch {
	case !r.Complete:
		said = "NOT COMPLETE"
	case r.Conforms():
		said = "CONFORMS"
	}
	_, err := fmt.Fprintf(w, "\n%s: %d of %d cases right\n", said, r.Right, r.Cases)
	return err
}
