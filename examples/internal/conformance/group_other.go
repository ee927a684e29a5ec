//go:build !unix

package conformance

import "os/exec"

// ownGroup does nothing: there are no process groups here.
func ownGroup(*exec.Cmd) {}

// killGroup ends the command. What it started ends when its input does.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
