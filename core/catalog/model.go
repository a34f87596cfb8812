package catalog

// Model is what the price list says about a model. The zero Model is unknown and costs nothing.
type Model struct {
	Provider  string // LiteLLM's provider name, as asked for
	ID        string // the list's name of the model
	Mode      string // LiteLLM's mode, such as "embedding"; "" where the list leaves it open, as for chat models
	MaxInput  int    // context window in tokens, 0 when unknown
	MaxOutput int    // in tokens; 0, unknown, unless the caller fills it in: the bundled list does not state it
	Known     bool   // set on every Model that Lookup finds, free ones included

	Rates
	LongContext      *Rates // prices of long prompts, for every token of the call; nil when they are priced alike. Read-only
	LongContextAbove int    // prompts of more tokens than this are long
}

// Rates are prices in USD. A price of 0 means that the unit has no price of its own: cached, audio and image tokens then
// cost what other tokens do.
type Rates struct {
	InputPerToken          float64
	OutputPerToken         float64
	CacheReadPerToken      float64
	CacheWritePerToken     float64
	CacheWriteHourPerToken float64 // writes kept for an hour; 0 means CacheWritePerToken
	InputAudioPerToken     float64
	OutputAudioPerToken    float64
	InputImagePerToken     float64
	OutputImagePerToken    float64
	PerSecond              float64 // of audio
	PerRequest             float64
}
