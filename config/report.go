package config

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
)

// WriteReport writes the effective deployments, every finding and a line of counts. Secrets are masked.
func (c *Config) WriteReport(w io.Writer) error {
	var b strings.Builder
	if len(c.Models) > 0 {
		c.writeTable(&b)
		b.WriteByte('\n')
	}
	c.writeUpstreams(&b)
	for _, f := range c.Findings {
		b.WriteString(f.String() + "\n")
	}
	if len(c.Findings) > 0 {
		b.WriteByte('\n')
	}
	b.WriteString(c.counts() + "\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write config report: %w", err)
	}
	return nil
}

func (c *Config) writeTable(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "MODEL NAME\tMODEL\tAPI BASE\tKEY\tSETTINGS\tID")
	for _, d := range c.Models {
		p := &d.Params
		row := []string{d.ModelName, p.Model, maskURL(p.APIBase), Mask(cmp.Or(p.APIKey, p.AzureADToken)), p.summary(), d.ID}
		for i, cell := range row {
			row[i] = cmp.Or(printable(cell), "-")
		}
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	_ = t.Flush() // into memory
}

// writeUpstreams lists where plugins may call and whether a key is there for it, which they never see.
func (c *Config) writeUpstreams(b *strings.Builder) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	rows := 0
	for _, p := range c.Plugins {
		for _, u := range p.Upstreams {
			if rows++; rows == 1 {
				fmt.Fprintln(t, "PLUGIN\tUPSTREAM\tURL\tKEY")
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", printable(p.Name), printable(u.Name),
				cmp.Or(printable(maskURL(u.URL)), "-"), cmp.Or(printable(Mask(u.APIKey)), "-"))
		}
	}
	if rows > 0 {
		fmt.Fprintln(t)
	}
	_ = t.Flush() // into memory
}

// summary lists the limits and what else tells deployments of a group apart.
func (p *Params) summary() string {
	var parts []string
	add := func(name, value string) { parts = append(parts, name+"="+value) }
	if p.RPM != nil {
		add("rpm", strconv.Itoa(*p.RPM))
	}
	if p.TPM != nil {
		add("tpm", strconv.Itoa(*p.TPM))
	}
	if p.Weight != nil {
		add("weight", strconv.FormatFloat(*p.Weight, 'g', -1, 64))
	}
	if p.Timeout != nil {
		add("timeout", p.Timeout.String())
	}
	if p.Organization != "" {
		add("organization", p.Organization)
	}
	return strings.Join(parts, " ")
}

// counts sums up: "2 deployments, 1 error, no warnings, 3 notices".
func (c *Config) counts() string {
	var n [Notice + 1]int
	for _, f := range c.Findings {
		n[f.Level]++
	}
	parts := []string{
		plural(len(c.Models), "deployment"), plural(n[Error], "error"), plural(n[Warning], "warning"), plural(n[Notice], "notice"),
	}
	return strings.Join(parts, ", ")
}

func plural(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// maskURL hides the password and the query values of an address.
func maskURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return Mask(address)
	}
	if u.User == nil && u.RawQuery == "" {
		return address
	}
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return u.Redacted()
}

// printable replaces what could disturb a terminal or the table.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return '�'
	}, s)
}
