package main

import "strings"

// modeOf returns LiteLLM's mode where the entry leaves no doubt about it, else nothing: the package does not state modes,
// so only a telling id or unit is used and chat, completion and image models stay unmarked.
func modeOf(m vendorModel) string {
	id := strings.ToLower(m.ID)
	switch {
	case m.hasPrice("input_audio_hours"):
		return "audio_transcription"
	case strings.Contains(id, "embed"):
		return "embedding"
	case m.hasPrice("output_mtok"):
		return ""
	case strings.Contains(id, "moderation"):
		return "moderation"
	case strings.Contains(id, "rerank"):
		return "rerank"
	}
	return ""
}

func (m vendorModel) hasPrice(unit string) bool {
	for _, p := range m.Prices {
		if _, ok := p.Prices[unit]; ok {
			return true
		}
	}
	return false
}
