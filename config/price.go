package config

// actedPrices are the prices that cost is computed from; the others are only kept.
var actedPrices = []string{"input_cost_per_token", "output_cost_per_token"}

var otherPrices = []string{
	"input_cost_per_second", "output_cost_per_second", "input_cost_per_character", "output_cost_per_character",
	"input_cost_per_image", "output_cost_per_image", "input_cost_per_pixel", "output_cost_per_pixel",
	"input_cost_per_audio_token", "output_cost_per_audio_token", "input_cost_per_query", "input_cost_per_request",
	"input_cost_per_token_batches", "output_cost_per_token_batches",
	"input_cost_per_token_above_128k_tokens", "output_cost_per_token_above_128k_tokens",
	"input_cost_per_token_above_200k_tokens", "output_cost_per_token_above_200k_tokens",
	"output_cost_per_reasoning_token",
	"cache_creation_input_token_cost", "cache_read_input_token_cost", "cache_creation_input_audio_token_cost",
}

func priceFields() table[draft] {
	var fields table[draft]
	for _, name := range actedPrices {
		fields = append(fields, price(name).acts())
	}
	for _, name := range otherPrices {
		fields = append(fields, price(name))
	}
	return fields
}

func price(name string) field[draft] {
	return field[draft]{name: name, want: amount.want, doc: "price in dollars", read: func(d *diagnosis, n *node, p *draft) {
		dollars, ok := amount.read(d, n)
		if !ok {
			return
		}
		if p.Prices == nil {
			p.Prices = map[string]float64{}
		}
		p.Prices[name] = dollars
	}}
}
