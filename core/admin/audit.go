package admin

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// Tables as the audit log names them.
const (
	tableKeys          = "LiteLLM_VerificationToken"
	tableTeams         = "LiteLLM_TeamTable"
	tableUsers         = "LiteLLM_UserTable"
	tableModels        = "LiteLLM_ProxyModelTable"
	tableCustomers     = "LiteLLM_EndUserTable"
	tableOrganizations = "LiteLLM_OrganizationTable"
	tableBudgets       = "LiteLLM_BudgetTable"
	tableCredentials   = "LiteLLM_CredentialsTable"

	tableMembers             = "LiteLLM_TeamMembership"
	tableOrganizationMembers = "LiteLLM_OrganizationMembership"
)

// Actions of the audit log.
const (
	created   = "created"
	updated   = "updated"
	deleted   = "deleted"
	blocked   = "blocked"
	unblocked = "unblocked"
	rotated   = "rotated"
)

// audit writes an entry in the transaction of the change that it tells of. before and after are rows, nil for none.
func (c *call) audit(tx *store.Tx, action, table, id string, before, after any) error {
	if !c.Settings().AuditLog {
		return nil
	}
	return c.Store.Audit.Add(tx, &core.Audit{ID: newID(), At: c.change.UpdatedAt, By: c.change.UpdatedBy, ByKey: c.who.KeyHash,
		Action: action, Table: table, ObjectID: id, Before: withoutNulls(before), After: withoutNulls(after)})
}

// withoutNulls is a row as JSON without the members, at any depth, that say nothing.
func withoutNulls(row any) json.RawMessage {
	text, err := json.Marshal(row)
	if err != nil {
		return json.RawMessage("null")
	}
	return prune(text)
}

func prune(text json.RawMessage) json.RawMessage {
	var pruned any
	switch text[0] {
	case '{':
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) != nil {
			return text
		}
		for name, v := range members {
			if members[name] = prune(v); string(v) == "null" {
				delete(members, name)
			}
		}
		pruned = members
	case '[':
		var elements []json.RawMessage
		if json.Unmarshal(text, &elements) != nil {
			return text
		}
		for i, v := range elements {
			elements[i] = prune(v)
		}
		pruned = elements
	default:
		return text
	}
	text, _ = json.Marshal(pruned)
	return text
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
