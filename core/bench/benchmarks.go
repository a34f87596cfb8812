package main

// suite is benchmarks of one package that are run for the same time.
type suite struct {
	folder  string // from the root of the module
	pattern string // as -test.bench takes it
	time    string // as -test.benchtime takes it
}

// allSuites are run one after the other in each round. Benchmarks that count whole runs are told how many.
var allSuites = []suite{
	{"hostabi/host", "^BenchmarkGuard(Hook|Exchange)$", "100ms"},
	{"hostabi/host", "^BenchmarkParkedCall$", "300ms"},
	{"hostabi/host", "^BenchmarkInstantiate$/./^snapshot", "100ms"},
	{"hostabi/host", "^BenchmarkCrowd$", "3x"},
	{"hostabi/host", "^BenchmarkStopTheWorld$/^(idle|loop)$", "300x"},
	{"hostabi/host", "^BenchmarkFirstLoad$/^cold$", "1x"},
	{"hostabi/host", "^BenchmarkFirstLoad$/^cached$", "5x"},
	{"plugins/openai", "^BenchmarkGuest$/^request_10*_KB_passed$", "100ms"},
	{"plugins/anthropic", "^BenchmarkRequest$", "100ms"},
	{"plugins/anthropic", "^BenchmarkChunk$/^text$", "100ms"},
	{"core/guard", "^BenchmarkExtraction$", "100ms"},
	{"core/pipeline", "^BenchmarkPreCall$", "100ms"},
}

// suites returns one per package and once for everything when it has to be quick.
func (o *options) suites() []suite {
	if !o.Quick {
		return allSuites
	}
	var list []suite
	for _, s := range allSuites {
		if n := len(list); n > 0 && list[n-1].folder == s.folder {
			list[n-1].pattern += "|" + s.pattern
			continue
		}
		list = append(list, suite{s.folder, s.pattern, "1x"})
	}
	return list
}

const cpuTime = "cpu-ns/op"

// benchmarked is a figure as a benchmark has it.
type benchmarked struct {
	figure
	bench  string // folder, a dot, and the name without Benchmark
	metric string
	scale  float64 // of the metric's unit in the figure's
}

func micros(name, bench string, prototype float64) benchmarked {
	return benchmarked{figure{Name: name, Unit: "µs CPU", Prototype: prototype}, bench, cpuTime, 1e-3}
}

func millis(name, bench string, prototype float64, aim string) benchmarked {
	return benchmarked{figure{Name: name, Unit: "ms CPU", Prototype: prototype, Aim: aim}, bench, cpuTime, 1e-6}
}

// byBenchmarks are the figures that benchmarks tell, in the order of the report. docs/plugins/performance.md says where the
// prototype's come from, and why some of ours are greater.
var byBenchmarks = []benchmarked{
	micros("no-op guard hook, minimal guest", "hostabi/host.GuardHook/idle/minimal", 0.028),
	micros("no-op guard hook, Go guest", "hostabi/host.GuardHook/idle/go", 0.087),
	micros("no-op exchange, minimal guest", "hostabi/host.GuardExchange/minimal", 1),
	micros("no-op exchange, Go guest", "hostabi/host.GuardExchange/go", 1),
	micros("1,000 words in 10 KB, native", "hostabi/host.GuardHook/words/native", 29),
	micros("1,000 words in 10 KB, minimal guest", "hostabi/host.GuardHook/words/minimal", 31.3),
	micros("1,000 words in 10 KB, Go guest", "hostabi/host.GuardHook/words/go", 31.3),
	micros("200 rules in 10 KB, native", "hostabi/host.GuardHook/rules/native", 213),
	micros("200 rules in 10 KB, minimal guest", "hostabi/host.GuardHook/rules/minimal", 247),
	micros("200 rules in 10 KB, Go guest", "hostabi/host.GuardHook/rules/go", 247),
	micros("text of a chat of 10 KB found", "core/guard.Extraction/10KB", 25),
	micros("pre_call, Go guard, chat of 1 KB", "core/pipeline.PreCall/1KB", 0),
	micros("pre_call, Go guard, chat of 10 KB", "core/pipeline.PreCall/10KB", 0),
	micros("pre_call, Go guard, chat of 100 KB", "core/pipeline.PreCall/100KB", 0),
	micros("OpenAI request of 1 KB passed", "plugins/openai.Guest/request_1_KB_passed", 1.3),
	micros("OpenAI request of 10 KB passed", "plugins/openai.Guest/request_10_KB_passed", 2.8),
	micros("OpenAI request of 100 KB passed", "plugins/openai.Guest/request_100_KB_passed", 14),
	micros("Anthropic request of 1 KB", "plugins/anthropic.Request/1KB/wasm", 1.4),
	micros("Anthropic request of 10 KB", "plugins/anthropic.Request/10KB/wasm", 7.7),
	micros("Anthropic request of 100 KB", "plugins/anthropic.Request/100KB/wasm", 26.5),
	micros("the same natively, 10 KB", "plugins/anthropic.Request/10KB/native", 0),
	micros("Anthropic stream event", "plugins/anthropic.Chunk/text/wasm", 0.36),
	micros("the same natively", "plugins/anthropic.Chunk/text/native", 0),
	micros("one parked call, minimal guest", "hostabi/host.ParkedCall/minimal", 1.1),
	micros("one parked call, Go guest", "hostabi/host.ParkedCall/go", 4.4),
	{figure{Name: "1,000 calls parked 200 ms, minimal guest", Unit: "MB more", Prototype: 12, Aim: "≤ 40"}, "hostabi/host.Crowd/minimal", "MB", 1},
	{figure{Name: "1,000 calls parked 200 ms, Go guest", Unit: "MB more", Prototype: 20, Aim: "≤ 40"}, "hostabi/host.Crowd/go", "MB", 1},
	{figure{Name: "the same", Unit: "instances", Aim: "≤ GOMAXPROCS"}, "hostabi/host.Crowd/go", "instances", 1},
	millis("new instance, minimal guest", "hostabi/host.Instantiate/minimal/snapshot", 0, "< 1"),
	millis("new instance, Go guest", "hostabi/host.Instantiate/go/snapshot", 0.13, "< 1"),
	millis("the same to its first answer, 10 KB", "hostabi/host.Instantiate/go/snapshot_and_first_event", 0, "< 1"),
	millis("Go module loaded, never seen before", "hostabi/host.FirstLoad/cold", 790, ""),
	millis("Go module loaded, compiled before", "hostabi/host.FirstLoad/cached", 40, ""),
	{figure{Name: "stop the world, nothing runs", Unit: "ms p99"}, "hostabi/host.StopTheWorld/idle", "p99-ms", 1},
	{figure{Name: "stop the world, a guest loops", Unit: "ms p99", Prototype: 0.9, Aim: "a few"}, "hostabi/host.StopTheWorld/loop", "p99-ms", 1},
}
