# Sluice needs Go and make, nothing else.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
BUNDLE      = plugins/bundle/.stamp
# What the guests are made of: a change elsewhere need not bundle them again.
GUESTS      = $(shell find plugins sdk hostabi -path plugins/bundle -prune -o -name '*.go' -not -name '*_test.go' -print -o -name '*.yaml' -print)
SOURCES     = $(shell find . -name '*.go' -not -name '*_test.go' -not -path './core/e2e/*' -o -name '*.yaml' -path './plugins/*' -o -name '*.gz' -path './core/*')

.PHONY: run build plugins test race lint fuzz e2e bench clean

# run serves on :4000: a demo model, or your configuration with CONFIG=my.yaml.
run: build
	./bin/sluice $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

build: bin/sluice

# The binary is static and carries the plugins.
bin/sluice: $(BUNDLE) $(SOURCES) go.mod go.sum
	CGO_ENABLED=0 go build -trimpath -tags bundled -ldflags='-s -w' -o $@ .

plugins: $(BUNDLE)

$(BUNDLE): $(GUESTS) go.mod go.sum
	@rm -rf plugins/bundle
	CGO_ENABLED=0 go run . plugin bundle plugins/bundle
	@touch $@

# test runs everything: unit tests, the plugins natively and in wasm, and real clients against the built binary.
test: build
	go test -timeout 20m ./...
	$(MAKE) e2e

race: build
	go test -race -timeout 30m ./...

# e2e drives bin/sluice with the official OpenAI clients for Go and Node. It is a module of its own to keep their
# dependencies out of the gateway's. The go command can't see that the binary has changed, so nothing is taken from its
# cache.
e2e: build
	cd core/e2e && go test -count=1 ./...

lint:
	@test -z "$$(gofmt -l . | tee /dev/stderr)"
	go vet ./...
	go run $(STATICCHECK) ./...

# fuzz gives each fuzz target a short run.
FUZZTIME = 10s
fuzz:
	@for p in $$(grep -rl --include=*_test.go 'func Fuzz' . | xargs -n1 dirname | sort -u | grep -v e2e); do \
	  for f in $$(grep -ho 'func Fuzz[A-Za-z0-9_]*' $$p/*_test.go | cut -c6-); do \
	    go test $$p -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) || exit 1; \
	  done; done

# bench measures the gateway beside a bare fasthttp proxy in the same run.
bench: build
	go run ./core/bench -sluice bin/sluice $(ARGS)

clean:
	rm -rf bin plugins/bundle
