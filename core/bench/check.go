package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// answer is what the checks read of a chat completion or of one of its chunks.
type answer struct {
	Choices []struct {
		Message      message `json:"message"`
		Delta        message `json:"delta"`
		FinishReason string  `json:"finish_reason"`
	} `json:"choices"`
}

type message struct {
	Content string `json:"content"`
}

// checkAnswer sends one request and wants the whole answer right, with the text of the given wire, which the
// generator is too cheap to look at.
func checkAnswer(spec loadSpec, w *wire) error {
	c, err := dial(spec.Addr, time.Now().Add(20*time.Second))
	if err != nil {
		return err
	}
	defer c.conn.Close()
	if spec.Stream {
		return checkStream(c, spec, w)
	}
	body, err := c.exchange(spec.request())
	if err != nil {
		return err
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if len(a.Choices) != 1 || !strings.HasPrefix(a.Choices[0].Message.Content, w.text) || a.Choices[0].FinishReason == "" {
		return fmt.Errorf("the answer lacks the mock's content or a finish_reason: %.300s", body)
	}
	return nil
}

// checkStream wants exactly the events that the mock was asked for, a finish_reason and a final [DONE].
func checkStream(c *client, spec loadSpec, w *wire) error {
	want, err := parseSettings(spec.Model)
	if err != nil {
		return err
	}
	if err := c.openStream(spec.request()); err != nil {
		return err
	}
	content, finished, last := 0, false, ""
	for {
		data, err := c.nextEvent()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if last = string(data); last == "[DONE]" {
			continue
		}
		var a answer
		if err := json.Unmarshal(data, &a); err != nil {
			return fmt.Errorf("reading the event %.300q: %w", data, err)
		}
		for _, choice := range a.Choices {
			if choice.Delta.Content == w.text {
				content++
			}
			finished = finished || choice.FinishReason != ""
		}
	}
	if content != want.events || !finished || last != "[DONE]" {
		return fmt.Errorf("stream of %d events with content, want %d; finish_reason: %t; ended by %.40q",
			content, want.events, finished, last)
	}
	return nil
}
