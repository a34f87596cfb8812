package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
)

// Client has no connections left over from other tests, and keeps none.
var Client = newClient(nil)

func newClient(authorities *x509.CertPool) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives:  true,
		DisableCompression: true,
		DialContext:        (&net.Dialer{Timeout: patience}).DialContext,
		TLSClientConfig:    &tls.Config{RootCAs: authorities},
	}}
}

// keepAlive makes a client with one connection.
func keepAlive() *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{MaxConnsPerHost: 1, DisableCompression: true}}
}
