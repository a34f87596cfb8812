package main

import (
	"strings"

	"github.com/sluice-gateway/sluice/sdk"
)

const (
	partText uint8 = 1 + iota
	partRefusal
	partImage
	partFile
)

var parts = number(map[string]uint8{
	"text": partText, "refusal": partRefusal, "image_url": partImage, "file": partFile,
})

// content writes a message's content, a text or a list of parts, as blocks. cache is the mark of a message that is
// only a text; parts have their own.
func (w *conversation) content(role uint8, content, cache sdk.Value) error {
	if content.IsString() {
		w.text(role, content, cache)
		return nil
	}
	for p := elements(content); p.Exists(); p = p.Next() {
		if err := w.part(role, p); err != nil {
			return err
		}
	}
	return nil
}

// part writes one part. What OpenAI doesn't know is Anthropic's own, or Anthropic says best what is wrong with it.
func (w *conversation) part(role uint8, p sdk.Value) error {
	if p.IsString() {
		w.text(role, p, sdk.Value{})
		return nil
	}
	switch cache := p.Get(keyCacheControl); parts.of(p.Get(keyType).Atom()) {
	case partText:
		w.text(role, p.Get(keyText), cache)
	case partRefusal:
		w.text(role, p.Get(keyRefusal), cache)
	case partImage:
		return w.image(role, p.Get(keyImageURL), cache)
	case partFile:
		return w.file(role, p.Get(keyFile), cache)
	default:
		w.block(role).Raw(p)
	}
	return nil
}

// text writes a text block; Anthropic refuses empty ones.
func (w *conversation) text(role uint8, text, cache sdk.Value) {
	if blank(text) {
		return
	}
	w.block(role).Lit(`{"type":"text","text":`).Raw(text)
	w.finish(cache)
}

// image writes a picture, given as a URL or as an object with one.
func (w *conversation) image(role uint8, image, cache sdk.Value) error {
	url := image
	if image.IsObject() {
		url = image.Get(keyURL)
	}
	if url.Len() == 0 || !url.IsString() {
		return w.refuse("image_url without a url")
	}
	if url.Prefix("data:") {
		return w.data(role, url, image.Get(keyFormat), cache)
	}
	w.block(role).Lit(`{"type":"image","source":{"type":"url","url":`).Raw(url).Lit("}")
	w.finish(cache)
	return nil
}

// file writes a document: its data, its address, or its id in Anthropic's Files API.
func (w *conversation) file(role uint8, file, cache sdk.Value) error {
	if data := file.Get(keyFileData); data.Len() > 0 {
		if !data.Prefix("data:") {
			return w.refuse("file_data is not a data URL")
		}
		return w.data(role, data, file.Get(keyFormat), cache)
	}
	id := file.Get(keyFileID)
	switch {
	case id.Len() == 0:
		return w.refuse("a file without file_data or file_id")
	case id.Prefix("http://"), id.Prefix("https://"):
		w.block(role).Lit(`{"type":"document","source":{"type":"url","url":`).Raw(id).Lit("}")
	default:
		w.betas.add(betaFiles)
		w.block(role).Lit(`{"type":"document","source":{"type":"file","file_id":`).Raw(id).Lit("}")
	}
	w.finish(cache)
	return nil
}

// maxDataHead is how far into a data URL its media type may reach.
const maxDataHead = 128

// data writes the picture or document inside a data URL. format overrides the media type that the URL names.
func (w *conversation) data(role uint8, url, format, cache sdk.Value) error {
	head, _, found := strings.Cut(url.Head(maxDataHead), ",")
	media, isBase64 := strings.CutSuffix(strings.TrimPrefix(head, "data:"), ";base64")
	if !found || !isBase64 {
		return w.refuse("a data URL must be of the form data:MEDIA/TYPE;base64,DATA")
	}
	media = mediaType(media, format)
	open := `{"type":"document","source":{"type":"base64","media_type":`
	if strings.HasPrefix(media, "image/") {
		open = `{"type":"image","source":{"type":"base64","media_type":`
	}
	w.block(role).Lit(open).String(media).Lit(`,"data":"`).Rest(url, len(head)+1).Lit(`"}`)
	w.finish(cache)
	return nil
}

// mediaType cleans a media type up: parameters and JSON escapes off, and the common wrong name of JPEG set right.
func mediaType(media string, format sdk.Value) string {
	if format.Len() > 0 {
		media = format.Text()
	}
	media, _, _ = strings.Cut(media, ";")
	media = strings.ReplaceAll(media, `\/`, "/")
	if media == "image/jpg" {
		return "image/jpeg"
	}
	return media
}
