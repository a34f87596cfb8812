package main

import (
	_ "github.com/fasthttp/router"
	_ "github.com/tetratelabs/wazero"
	_ "github.com/tiktoken-go/tokenizer"
	_ "github.com/valyala/fasthttp"
	_ "golang.org/x/sys/unix"
	_ "gopkg.in/yaml.v3"
)

func main() {}
