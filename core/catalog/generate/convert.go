package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core/catalog/internal/pricelist"
)

func convert(vendors []vendor) (*pricelist.File, error) {
	file := new(pricelist.File)
	for _, v := range vendors {
		id, prefix := placeOf(v.ID)
		list := listOf(file, providerNames(id))
		if err := addVendor(list, v, prefix); err != nil {
			return nil, fmt.Errorf("%s: %w", v.ID, err)
		}
	}
	for _, list := range file.Providers {
		if err := checkNames(list); err != nil {
			return nil, fmt.Errorf("%s: %w", list.Names[0], err)
		}
	}
	return file, nil
}

// listOf returns the provider of those names, adding it when it is new.
func listOf(file *pricelist.File, names []string) *pricelist.Provider {
	for i := range file.Providers {
		if file.Providers[i].Names[0] == names[0] {
			return &file.Providers[i]
		}
	}
	file.Providers = append(file.Providers, pricelist.Provider{Names: names})
	return &file.Providers[len(file.Providers)-1]
}

func addVendor(list *pricelist.Provider, v vendor, prefix string) error {
	for _, id := range v.Fallback {
		list.Fallback = append(list.Fallback, providerNames(id)[0])
	}
	if v.ModelMatch != nil {
		rules, err := rulesOf(*v.ModelMatch)
		if err != nil {
			return fmt.Errorf("model_match: %w", err)
		}
		list.Match = append(list.Match, rules...)
	}
	for _, m := range v.Models {
		model, err := convertModel(m, prefix)
		if err != nil {
			return fmt.Errorf("%s: %w", m.ID, err)
		}
		list.Models = append(list.Models, model)
	}
	return nil
}

func convertModel(m vendorModel, prefix string) (pricelist.Model, error) {
	out := pricelist.Model{ID: prefix + m.ID, Mode: modeOf(m), MaxInput: m.ContextWindow}
	rules, err := rulesOf(m.Match)
	if err != nil {
		return out, err
	}
	for _, rule := range rules {
		if rule.Equals == "" && prefix != "" {
			return out, fmt.Errorf("rule %+v in a list of prefixed names", rule)
		}
		if rule.Equals == "" {
			out.Match = append(out.Match, rule)
			continue
		}
		name := prefix + rule.Equals
		if name != strings.ToLower(out.ID) && !slices.Contains(out.Names, name) {
			out.Names = append(out.Names, name)
		}
	}
	for _, p := range m.Prices {
		period, err := convertPeriod(p)
		if err != nil {
			return out, err
		}
		out.Prices = append(out.Prices, period)
	}
	return out, nil
}

// checkNames fails when two models of a list claim one name: the catalog would answer with either.
func checkNames(list pricelist.Provider) error {
	owner := map[string]string{}
	for _, m := range list.Models {
		for _, name := range append([]string{strings.ToLower(m.ID)}, m.Names...) {
			if other, taken := owner[name]; taken {
				return fmt.Errorf("%q is claimed by %s and by %s", name, other, m.ID)
			}
			owner[name] = m.ID
		}
	}
	return nil
}
