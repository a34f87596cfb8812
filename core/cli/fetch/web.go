package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/sluice-gateway/sluice/core/trust"
)

func fromWeb(ctx context.Context, address string) (*Plugin, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("not a URL") // it may hold a credential
	}
	c := client()
	wasm, err := download(ctx, c, u, maxModule)
	if err != nil {
		return nil, err
	}
	beside := *u
	beside.Path, beside.RawPath = u.Path+trust.SignatureSuffix, ""
	signature, err := download(ctx, c, &beside, maxSignature)
	if err != nil && !errors.Is(err, errNotThere) {
		return nil, err
	}
	return &Plugin{wasm, signature, shown(u)}, nil
}

var errNotThere = errors.New("not there")

// download gets a file. Errors name it without credentials.
func download(ctx context.Context, c *http.Client, u *url.URL, most int) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("get %s: not a URL to ask for", shown(u))
	}
	response, err := c.Do(request)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", shown(u), cause(err))
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return nil, fmt.Errorf("get %s: %w: status %d", shown(u), errNotThere, response.StatusCode)
	default:
		return nil, fmt.Errorf("get %s: status %d", shown(u), response.StatusCode)
	}
	body, err := bounded(response.Body, most)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", shown(u), err)
	}
	return body, nil
}

// cause leaves out the address, which may hold a credential.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// shown is a URL without what may be secret in it.
func shown(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
