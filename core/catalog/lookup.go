package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core/catalog/internal/pricelist"
)

// maxName is the length beyond which a model name is not looked up: no list has one, and a caller may send megabytes.
const maxName = 256

// proxyProvider is LiteLLM's name for another gateway, which may serve any provider's models.
const proxyProvider = "litellm_proxy"

// Lookup finds a model by LiteLLM's provider name and the vendor's model name, with or without "provider/" before it.
// Case does not matter. A name is tried as it is: first against the names in the list of the provider, then against its
// match rules (prefix, suffix, part, expression), then in the lists of providers this one resells (azure → openai,
// anthropic, …). After that it is tried without its date ("-2024-08-06", "-20240806", "@20240806"), and at last reduced to
// what follows its last slash ("eu/gpt-4o").
//
// With an empty provider, or "litellm_proxy", the model's "provider/" decides, else the provider that owns such names
// (gpt-… → openai, claude… → anthropic), else openai. Model.Provider then tells which.
//
// The prices are those of this moment. Some vendors change them by date or by the hour, so look a model up anew for each
// call rather than keeping it; a lookup that finds the name in a list does not allocate.
func Lookup(provider, model string) (Model, bool) {
	return prices().lookup(provider, model, time.Now())
}

func (t *table) lookup(provider, name string, now time.Time) (Model, bool) {
	if len(name) > maxName {
		return Model{}, false
	}
	if provider == "" || provider == proxyProvider {
		provider, name = t.owner(strings.TrimPrefix(name, proxyProvider+"/"))
	}
	l := t.list(provider)
	if l == nil {
		return Model{}, false
	}
	m := l.search(provider, name)
	if m == nil {
		return Model{}, false
	}
	return modelAt(m, provider, now), true
}

// owner returns the provider of a model named without one, and the model's name there.
func (t *table) owner(name string) (provider, model string) {
	if head, tail, ok := strings.Cut(name, "/"); ok && t.list(head) != nil {
		return head, tail
	}
	folded := strings.ToLower(name)
	for i := range t.lists {
		for j := range t.lists[i].owns {
			if t.lists[i].owns[j].matches(folded) {
				return t.lists[i].name, name
			}
		}
	}
	return "openai", name
}

func (l *list) search(provider, name string) *pricelist.Model {
	if m := l.findDated(name); m != nil {
		return m
	}
	if head, tail, ok := strings.Cut(name, "/"); ok && head == provider {
		if m := l.findDated(tail); m != nil {
			return m
		}
	}
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return l.findDated(name[i+1:])
	}
	return nil
}

// findDated finds a name as it is, with its date written the way OpenAI does, or without its date.
func (l *list) findDated(name string) *pricelist.Model {
	if m := l.findAnywhere(name); m != nil {
		return m
	}
	base, date, ok := cutDate(name)
	if !ok {
		return nil
	}
	if m := l.findAnywhere(base + "-" + date[:4] + "-" + date[4:6] + "-" + date[6:]); m != nil {
		return m
	}
	return l.findAnywhere(base)
}

func (l *list) findAnywhere(name string) *pricelist.Model {
	if m := l.find(name); m != nil {
		return m
	}
	for _, other := range l.fallback {
		if m := other.find(name); m != nil {
			return m
		}
	}
	return nil
}

func (l *list) find(name string) *pricelist.Model {
	if i, ok := slices.BinarySearchFunc(l.byName, name, indexed.compareFold); ok {
		return &l.models[l.byName[i].at]
	}
	folded := strings.ToLower(name)
	for i := range l.rules {
		if l.rules[i].matches(folded) {
			return &l.models[l.rules[i].model]
		}
	}
	return nil
}

func modelAt(m *pricelist.Model, provider string, now time.Time) Model {
	p := inForce(m.Prices, now)
	return Model{
		Provider:         provider,
		ID:               m.ID,
		Mode:             m.Mode,
		MaxInput:         m.MaxInput,
		Known:            true,
		Rates:            Rates(p.Rates),
		LongContext:      (*Rates)(p.Long),
		LongContextAbove: p.LongAbove,
	}
}

// inForce returns the last period whose conditions hold, else the first.
func inForce(periods []pricelist.Period, now time.Time) *pricelist.Period {
	for i := len(periods) - 1; i > 0; i-- {
		if holds(&periods[i], now.Unix()) {
			return &periods[i]
		}
	}
	return &periods[0]
}

func holds(p *pricelist.Period, unix int64) bool {
	if unix < p.From {
		return false
	}
	second := int(unix % (24 * 60 * 60))
	switch {
	case p.DayStart == p.DayEnd:
		return true
	case p.DayStart < p.DayEnd:
		return second >= p.DayStart && second < p.DayEnd
	default:
		return second >= p.DayStart || second < p.DayEnd
	}
}
