package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// environment is what the figures depend on beside the code.
type environment struct {
	CPU    string  `json:"cpu"`
	Cores  int     `json:"cores"`
	Go     string  `json:"go"`
	System string  `json:"system"`
	Others float64 `json:"others_pct"` // CPU that other processes used during the run, 100 = one core
}

func (e environment) String() string {
	return fmt.Sprintf("%s, %d cores, %s, %s; other processes used %.0f%% of a core", e.CPU, e.Cores, e.Go, e.System, e.Others)
}

// describeEnvironment looks back on the time since the usage was read.
func describeEnvironment(since usage) (environment, error) {
	now, err := readUsage()
	foreign := (now.host - since.host) - (now.ours - since.ours)
	return environment{
		CPU: cpuModel(), Cores: runtime.NumCPU(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Others: max(0, 100*foreign.Seconds()/now.at.Sub(since.at).Seconds()),
	}, err
}

func cpuModel() string {
	b, _ := os.ReadFile("/proc/cpuinfo") // none is told apart below
	_, rest, _ := strings.Cut(string(b), "model name")
	name, _, _ := strings.Cut(strings.TrimLeft(rest, "\t :"), "\n")
	if name == "" {
		return "unknown CPU"
	}
	return name
}

// usage is the CPU time spent so far. It tells how busy the neighbours were, beside whom figures are doubtful.
type usage struct {
	at         time.Time
	host, ours time.Duration
}

func readUsage() (usage, error) {
	host, err := hostBusy()
	if err != nil {
		return usage{}, err
	}
	tree, err := readTree(os.Getpid())
	return usage{time.Now(), host, tree.cpu}, err
}
