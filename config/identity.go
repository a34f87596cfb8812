package config

import "slices"

// perOrganization gives d its id, and makes one deployment of each organization when there are several.
func (m *modelReader) perOrganization(d Deployment, organizations []string, params *node) []Deployment {
	if at := params.get("organization"); at != nil && at.kind == list {
		return m.split(d, m.distinct(organizations, at), params)
	}
	if len(organizations) > 0 {
		d.Params.Organization = organizations[0]
	}
	d.ID = d.Info.ID
	if d.ID == "" {
		d.ID = deploymentID(d.ModelName, params.entries)
	}
	return []Deployment{d}
}

func (m *modelReader) distinct(organizations []string, at *node) []string {
	var once []string
	for _, o := range organizations {
		if slices.Contains(once, o) {
			m.warnf(at.place, "organization %q is listed twice", o)
			continue
		}
		once = append(once, o)
	}
	if len(once) == 0 {
		m.errorf(at.place, "the list of organizations is empty")
	}
	return once
}

// split computes each id with the single organization. A fixed id can't serve several deployments: it gets the
// organization as a suffix.
func (m *modelReader) split(d Deployment, organizations []string, params *node) []Deployment {
	all := make([]Deployment, len(organizations))
	position := slices.IndexFunc(params.entries, func(e entry) bool { return e.key == "organization" })
	for i, organization := range organizations {
		entries := slices.Clone(params.entries)
		entries[position].value = &node{place: entries[position].value.place, kind: text, text: organization}
		one := d
		one.Params.Organization = organization
		one.Params.All = slices.Clone(d.Params.All)
		one.Params.All[position] = param(paramFields, entries[position])
		switch {
		case d.Info.ID == "":
			one.ID = deploymentID(d.ModelName, entries)
		case len(organizations) == 1:
			one.ID = d.Info.ID
		default:
			one.ID = d.Info.ID + "-" + organization
		}
		all[i] = one
	}
	return all
}

// unique lets a later deployment replace an earlier one of the same id, as LiteLLM does.
func (m *modelReader) unique(all []Deployment) []Deployment {
	last := make(map[string]int, len(all))
	for i, d := range all {
		if before, ok := last[d.ID]; ok {
			m.warnf(place{d.Pos, itemPath("model_list", d.Index)}, "has the deployment id of model_list[%d] and replaces it: %s", all[before].Index, d.ID)
		}
		last[d.ID] = i
	}
	kept := all[:0]
	for i, d := range all {
		if last[d.ID] == i {
			kept = append(kept, d)
		}
	}
	return kept
}
