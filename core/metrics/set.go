package metrics

import (
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/core"
)

// event is what a set counts.
type event uint8

const (
	success event = iota
	failure       // of a request
	attempt       // of a deployment, which failed
	tagged        // the same for one of the request's tags
	eventCount
)

// counted are the tables that an event is counted in.
var counted = [eventCount][]int{
	success: {clientRequests, requests, usage, served, firstToken, deployment, attempts, perToken, state},
	failure: {clientRequests, clientFailures, usage, served},
	attempt: {usage, attempts, attemptFailures, state},
	tagged:  {tagFailures},
}

// key is what tells sets apart.
type key struct {
	event  event
	class  core.Class
	status int

	keyHash, keyAlias, user, email, team, teamAlias, endUser string

	asked, group, tag                    string
	deployment, apiBase, provider, model string
	wild                                 bool // the client chose the model's name
}

// set has the rows that events with one key are counted in.
type set [tableCount]*row

// key returns what an exchange is counted under.
func (m *Metrics) key(x *core.Exchange, e event) key {
	p := &x.Principal
	k := key{event: e, status: 200, keyHash: p.KeyHash, keyAlias: p.KeyAlias, user: p.UserID, team: p.TeamID, endUser: x.EndUser,
		asked: x.Model, group: x.Group, wild: x.Group == ""}
	if a := p.Account; a != nil {
		if a.Team != nil && a.Team.Alias != nil {
			k.teamAlias = *a.Team.Alias
		}
		if a.User != nil && a.User.Email != nil {
			k.email = *a.User.Email
		}
	}
	if m.settings.Load().NoEndUsers {
		k.endUser = ""
	}
	k.endUser, k.asked = clip(k.endUser), clip(k.asked)
	return k
}

func clip(s string) string { return s[:min(len(s), maxValueBytes)] }

// at tells which deployment was called.
func (k *key) at(a *core.Attempt) {
	if a.Deployment == nil {
		return
	}
	k.deployment, k.apiBase, k.provider, k.model = a.Deployment.ID, a.APIBase, a.Provider, clip(a.Model)
	k.wild = strings.Contains(a.Deployment.Group, "*")
}

// failed tells with what.
func (k *key) failed(e *core.Error) { k.class, k.status = e.Class, e.Code() }

// find returns the set of a key, or of a coarser one when there are too many.
func (m *Metrics) find(k *key) *set {
	if s := m.look(k); s != nil {
		return s
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for fold := 0; ; fold++ {
		f := k.folded(fold)
		if s := m.sets[f]; s != nil {
			m.note(fold)
			return s
		}
		if len(m.sets) < m.room(fold) {
			m.note(fold)
			return m.add(f)
		}
	}
}

func (m *Metrics) look(k *key) *set {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.sets[*k]
}

func (m *Metrics) note(fold int) {
	if fold > 0 {
		m.folded.Add(1)
	}
}

// room is how many sets there may be before the next one is folded more.
func (m *Metrics) room(fold int) int {
	switch fold {
	case 0:
		return m.most - m.most/4
	case 1:
		return m.most
	}
	return int(^uint(0) >> 1) // what is left then has few values
}

// folded is the key with less told apart: at 1 without what clients choose, at 2 with how requests end alone.
func (k *key) folded(fold int) key {
	f := *k
	if fold == 0 {
		return f
	}
	if f.endUser != "" {
		f.endUser = other
	}
	if f.tag != "" {
		f.tag = other
	}
	if f.wild {
		f.asked, f.model = other, other
	}
	if fold == 1 {
		return f
	}
	return key{event: f.event, class: f.class, status: f.status, keyHash: other, keyAlias: other, user: other, email: other,
		team: other, teamAlias: other, endUser: f.endUser, asked: other, group: other, tag: f.tag, deployment: other,
		apiBase: other, provider: other, model: other}
}

// add makes the set of a key, which keeps nothing of what belongs to a request.
func (m *Metrics) add(k key) *set {
	k.endUser, k.asked, k.model, k.tag = strings.Clone(k.endUser), strings.Clone(k.asked), strings.Clone(k.model), strings.Clone(k.tag)
	s, v := new(set), k.values()
	for _, t := range counted[k.event] {
		s[t] = m.tables[t].row(&v)
	}
	m.sets[k] = s
	return s
}

func (k *key) values() values {
	v := values{
		apiBase: public(k.apiBase), keyAlias: k.keyAlias, apiProvider: k.provider, endUser: k.endUser, keyHash: k.keyHash,
		modelName: k.model, model: k.model, modelGroup: k.group, modelID: k.deployment, requestedGroup: k.group, requestedModel: k.asked,
		statusCode: strconv.Itoa(k.status), tag: k.tag, team: k.team, teamAlias: k.teamAlias, user: k.user, userEmail: k.email,
	}
	if k.event != success {
		v[exceptionClass], v[exceptionStatus] = k.class.String(), v[statusCode]
	}
	return v
}
