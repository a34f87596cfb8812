package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Level says how much a Finding matters. The zero Level is not valid.
type Level uint8

// Levels, the gravest first. A config with a finding of level Error is refused; a Warning names something that
// probably is not what its author wanted; a Notice names a setting that has no effect in this version.
const (
	Error Level = iota + 1
	Warning
	Notice
)

// String returns "error", "warning" or "notice".
func (l Level) String() string {
	return [...]string{"", "error", "warning", "notice"}[min(l, Notice)]
}

// Finding is one remark about a config file. Line and Column count from 1 and are 0 only when the file itself could
// not be read. Path is the key path (model_list[2].litellm_params.rpm), "" for the whole file. Messages never hold
// secrets.
type Finding struct {
	Level        Level
	File         string
	Line, Column int
	Path         string
	Message      string
	Suggestion   string
}

// String formats f as `file:line:column: level: path: message (did you mean "x"?)`, leaving out what f has not.
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	fmt.Fprintf(&b, ": %s: ", f.Level)
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	if f.Suggestion != "" {
		fmt.Fprintf(&b, " (did you mean %q?)", f.Suggestion)
	}
	return b.String()
}

// Errors is the error of Load and Parse: every finding of level Error, sorted by position.
type Errors struct {
	Findings []Finding
}

// Error returns the findings, one per line.
func (e *Errors) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// diagnosis collects findings while a config is read.
type diagnosis struct {
	found []Finding
}

func (d *diagnosis) errorf(at place, format string, args ...any) *Finding {
	return d.add(Error, at, fmt.Sprintf(format, args...))
}

func (d *diagnosis) warnf(at place, format string, args ...any) *Finding {
	return d.add(Warning, at, fmt.Sprintf(format, args...))
}

func (d *diagnosis) noticef(at place, format string, args ...any) *Finding {
	return d.add(Notice, at, fmt.Sprintf(format, args...))
}

// add returns the new finding for the caller to set its Suggestion; it is valid until the next add.
func (d *diagnosis) add(level Level, at place, message string) *Finding {
	d.found = append(d.found, Finding{
		Level: level, File: at.File, Line: at.Line, Column: at.Column, Path: at.path, Message: message,
	})
	return &d.found[len(d.found)-1]
}

// sorted orders findings by position and drops repetitions, which aliases and shared credentials cause.
func (d *diagnosis) sorted() []Finding {
	slices.SortStableFunc(d.found, func(a, b Finding) int {
		return cmp.Or(
			strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Level, b.Level), strings.Compare(a.Path, b.Path), strings.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(d.found)
}

func errorsIn(found []Finding) error {
	var e Errors
	for _, f := range found {
		if f.Level == Error {
			e.Findings = append(e.Findings, f)
		}
	}
	if len(e.Findings) == 0 {
		return nil
	}
	return &e
}
