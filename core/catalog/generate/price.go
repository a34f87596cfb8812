package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/sluice-gateway/sluice/core/catalog/internal/pricelist"
)

// unit tells where a price of the package goes and for how many tokens, requests or seconds it is.
type unit struct {
	rate func(*pricelist.Rates) *float64
	per  int64
}

// units are the prices carried over. What is missing (web searches, document pages, video, reasoning, citations) is not
// in the usage an OpenAI-compatible answer reports.
var units = map[string]unit{
	"input_mtok":          {func(r *pricelist.Rates) *float64 { return &r.InputPerToken }, 1e6},
	"output_mtok":         {func(r *pricelist.Rates) *float64 { return &r.OutputPerToken }, 1e6},
	"cache_read_mtok":     {func(r *pricelist.Rates) *float64 { return &r.CacheReadPerToken }, 1e6},
	"cache_write_mtok":    {func(r *pricelist.Rates) *float64 { return &r.CacheWritePerToken }, 1e6},
	"cache_write_1h_mtok": {func(r *pricelist.Rates) *float64 { return &r.CacheWriteHourPerToken }, 1e6},
	"input_audio_mtok":    {func(r *pricelist.Rates) *float64 { return &r.InputAudioPerToken }, 1e6},
	"output_audio_mtok":   {func(r *pricelist.Rates) *float64 { return &r.OutputAudioPerToken }, 1e6},
	"input_image_mtok":    {func(r *pricelist.Rates) *float64 { return &r.InputImagePerToken }, 1e6},
	"output_image_mtok":   {func(r *pricelist.Rates) *float64 { return &r.OutputImagePerToken }, 1e6},
	"audio_hours":         {func(r *pricelist.Rates) *float64 { return &r.PerSecond }, 3600},
	"requests_kcount":     {func(r *pricelist.Rates) *float64 { return &r.PerRequest }, 1e3},
}

func convertPeriod(p period) (pricelist.Period, error) {
	var out pricelist.Period
	if err := setConstraint(&out, p); err != nil {
		return out, err
	}
	var long pricelist.Rates
	for name, price := range p.Prices {
		u, carried := units[name]
		if !carried {
			continue
		}
		if err := setPrice(&out, &long, u, price); err != nil {
			return out, fmt.Errorf("%s: %w", name, err)
		}
	}
	if out.LongAbove > 0 {
		out.Long = &long
	}
	return out, nil
}

func setPrice(out *pricelist.Period, long *pricelist.Rates, u unit, p price) error {
	base, err := perUnit(p.Base, u.per)
	if err != nil {
		return err
	}
	*u.rate(&out.Rates), *u.rate(long) = base, base
	if len(p.Tiers) == 0 {
		return nil
	}
	t := p.Tiers[0]
	if out.LongAbove != 0 && out.LongAbove != t.Start {
		return fmt.Errorf("tier starts at %d, another price's at %d", t.Start, out.LongAbove)
	}
	out.LongAbove = t.Start
	*u.rate(long), err = perUnit(t.Price, u.per)
	return err
}

// perUnit divides a price given for several units. It divides the decimal number, not its float64, so that 0.15 per
// million becomes exactly 1.5e-07.
func perUnit(n json.Number, per int64) (float64, error) {
	price, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return 0, fmt.Errorf("parse price %q", n)
	}
	v, _ := price.Quo(price, big.NewRat(per, 1)).Float64()
	return v, nil
}

func setConstraint(out *pricelist.Period, p period) error {
	if date := p.Constraint.StartDate; date != "" {
		at, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return fmt.Errorf("parse start date: %w", err)
		}
		out.From = at.Unix()
	}
	if p.Constraint.StartTime == "" {
		return nil
	}
	var err error
	if out.DayStart, err = secondOfDay(p.Constraint.StartTime); err != nil {
		return err
	}
	out.DayEnd, err = secondOfDay(p.Constraint.EndTime)
	return err
}

func secondOfDay(text string) (int, error) {
	at, err := time.Parse("15:04:05Z07:00", text)
	if err != nil {
		return 0, fmt.Errorf("parse time of day: %w", err)
	}
	utc := at.UTC()
	return utc.Hour()*3600 + utc.Minute()*60 + utc.Second(), nil
}
