package main

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// maxSetting bounds every number in a model name: 17 minutes, a million events or a megabyte.
const maxSetting = 1 << 20

var errModel = errors.New("model is not mock[-dMILLISECONDS][-nEVENTS][-gMILLISECONDS][-sBYTES]")

// settings is what a model name asks of the mock. They travel in the name because it is what every gateway passes on.
type settings struct {
	delay  time.Duration // before the first byte
	events int           // content events of a stream
	gap    time.Duration // before each content event
	size   int           // bytes of a body that is not streamed
}

// parseSettings reads names like openai/mock-d1000-n50-g20-s4096; it wants no more of the name before the last slash.
func parseSettings(model string) (settings, error) {
	s := settings{events: 50, size: 1024}
	name, rest, more := strings.Cut(model[strings.LastIndexByte(model, '/')+1:], "-")
	if name != "mock" {
		return settings{}, errModel
	}
	for more {
		var part string
		part, rest, more = strings.Cut(rest, "-")
		if err := s.set(part); err != nil {
			return settings{}, err
		}
	}
	return s, nil
}

func (s *settings) set(part string) error {
	if part == "" {
		return errModel
	}
	v, err := strconv.ParseUint(part[1:], 10, 32)
	if err != nil || v > maxSetting {
		return errModel
	}
	switch part[0] {
	case 'd':
		s.delay = time.Duration(v) * time.Millisecond
	case 'n':
		s.events = int(v)
	case 'g':
		s.gap = time.Duration(v) * time.Millisecond
	case 's':
		s.size = int(v)
	default:
		return errModel
	}
	return nil
}
