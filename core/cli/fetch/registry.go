package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"

	"github.com/sluice-gateway/sluice/core/trust"
)

// wasmTypes are the media types under which tools push modules.
var wasmTypes = map[string]bool{
	"application/wasm":                                  true,
	"application/vnd.wasm.content.layer.v1+wasm":        true,
	"application/vnd.module.wasm.content.layer.v1+wasm": true,
}

const maxManifest = 1 << 20

// fromRegistry pulls the artifact's module, and its signature when a layer's title ends in .minisig. Every byte is
// checked against the digest that the manifest gives for it.
func fromRegistry(ctx context.Context, reference string) (*Plugin, error) {
	repository, err := open(reference)
	if err != nil {
		return nil, err
	}
	name := "oci://" + repository.Reference.Registry + "/" + repository.Reference.Repository
	if repository.Reference.Reference == "" {
		return nil, fmt.Errorf("%s needs a :tag or a @digest", name)
	}
	root, err := repository.Resolve(ctx, repository.Reference.Reference)
	if err != nil {
		return nil, fmt.Errorf("pull %s: %w", name, cause(err))
	}
	m, err := manifest(ctx, repository, root)
	if err != nil {
		return nil, fmt.Errorf("pull %s: %w", name, err)
	}
	module, signature, err := layers(m)
	if err != nil {
		return nil, fmt.Errorf("pull %s: %w", name, err)
	}
	p := &Plugin{Source: name + "@" + root.Digest.String()}
	if p.Wasm, err = blob(ctx, repository, *module, maxModule); err == nil && signature != nil {
		p.Signature, err = blob(ctx, repository, *signature, maxSignature)
	}
	if err != nil {
		return nil, fmt.Errorf("pull %s: %w", name, err)
	}
	return p, nil
}

// open makes a client of the repository. It signs in as docker login said.
func open(reference string) (*remote.Repository, error) {
	repository, err := remote.NewRepository(reference)
	if err != nil {
		return nil, fmt.Errorf("oci://%s: %w", reference, err)
	}
	at := url.URL{Host: repository.Reference.Host()}
	repository.PlainHTTP = loopback(at.Hostname())
	c := &auth.Client{Client: client(), Cache: auth.NewCache()}
	if store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{}); err == nil {
		c.Credential = credentials.Credential(store)
	}
	c.SetUserAgent("sluice")
	repository.Client = c
	return repository, nil
}

func manifest(ctx context.Context, r *remote.Repository, root v1.Descriptor) (*v1.Manifest, error) {
	if root.MediaType == v1.MediaTypeImageIndex || strings.Contains(root.MediaType, "manifest.list") {
		return nil, errors.New("it is a list of artifacts: name one by its digest")
	}
	text, err := blob(ctx, r, root, maxManifest)
	if err != nil {
		return nil, err
	}
	var m v1.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("read its manifest: %w", err)
	}
	return &m, nil
}

// layers finds the module among an artifact's layers: the one of a wasm media type, or the only one.
func layers(m *v1.Manifest) (module, signature *v1.Descriptor, err error) {
	var modules, others []*v1.Descriptor
	for i := range m.Layers {
		l := &m.Layers[i]
		switch {
		case strings.HasSuffix(l.Annotations[v1.AnnotationTitle], trust.SignatureSuffix):
			signature = l
		case wasmTypes[l.MediaType]:
			modules = append(modules, l)
		default:
			others = append(others, l)
		}
	}
	if len(modules) == 0 {
		modules = others
	}
	if len(modules) != 1 {
		return nil, nil, fmt.Errorf("it has %d layers that may be the module: one must be of the type application/wasm", len(modules))
	}
	return modules[0], signature, nil
}

// blob fetches what a descriptor describes; its size and digest are verified.
func blob(ctx context.Context, r *remote.Repository, d v1.Descriptor, most int64) ([]byte, error) {
	if d.Size > most {
		return nil, fmt.Errorf("%s has %d bytes, more than %d", d.Digest, d.Size, most)
	}
	data, err := content.FetchAll(ctx, r, d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Digest, cause(err))
	}
	return data, nil
}
