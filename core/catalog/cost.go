package catalog

// Tokens is the usage of one call. Prompt and Completion are totals, as OpenAI counts: the fields beside them are parts of
// them, not additions. Callers of vendors that report cached tokens apart from the prompt add them to Prompt.
type Tokens struct {
	Prompt         int
	CacheRead      int // of Prompt: read from the vendor's cache
	CacheWrite     int // of Prompt: written to the vendor's cache
	CacheWriteHour int // of CacheWrite: kept for an hour instead of minutes
	InputAudio     int // of Prompt
	InputImage     int // of Prompt

	Completion  int
	OutputAudio int // of Completion
	OutputImage int // of Completion

	Seconds float64 // of audio, for models priced by time
}

// Cost returns the price in USD of a successful call. It is never negative, whatever usage a vendor reports; parts that
// exceed their total are charged in full.
func (m Model) Cost(u Tokens) float64 {
	rates := &m.Rates
	if m.LongContext != nil && u.Prompt > m.LongContextAbove {
		rates = m.LongContext
	}
	return rates.input(u) + rates.output(u) + max(u.Seconds, 0)*rates.PerSecond + rates.PerRequest
}

func (r *Rates) input(u Tokens) float64 {
	plain := u.Prompt - u.CacheRead - u.CacheWrite - u.InputAudio - u.InputImage
	hour := min(u.CacheWriteHour, u.CacheWrite)
	write := priceOr(r.CacheWritePerToken, r.InputPerToken)
	return charge(plain, r.InputPerToken) +
		charge(u.CacheRead, priceOr(r.CacheReadPerToken, r.InputPerToken)) +
		charge(u.CacheWrite-max(hour, 0), write) +
		charge(hour, priceOr(r.CacheWriteHourPerToken, write)) +
		charge(u.InputAudio, priceOr(r.InputAudioPerToken, r.InputPerToken)) +
		charge(u.InputImage, priceOr(r.InputImagePerToken, r.InputPerToken))
}

func (r *Rates) output(u Tokens) float64 {
	return charge(u.Completion-u.OutputAudio-u.OutputImage, r.OutputPerToken) +
		charge(u.OutputAudio, priceOr(r.OutputAudioPerToken, r.OutputPerToken)) +
		charge(u.OutputImage, priceOr(r.OutputImagePerToken, r.OutputPerToken))
}

func charge(tokens int, price float64) float64 { return float64(max(tokens, 0)) * price }

func priceOr(own, general float64) float64 {
	if own == 0 {
		return general
	}
	return own
}
