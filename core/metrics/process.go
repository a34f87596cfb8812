package metrics

import "time"

// started is when the process did, near enough.
var started = time.Now()

// footprint is what the system knows of the process. What it does not know is below 0.
type footprint struct {
	cpu                  time.Duration
	resident, virtual    int64 // bytes
	openFiles, mostFiles int64
}

func (w *text) process() {
	u := measure()
	w.single(gauge, "process_start_time_seconds", "When the process began, in Unix time.", float64(started.UnixMilli())/1000)
	for _, m := range []struct {
		kind       kind
		name, help string
		value      float64
	}{
		{counter, "process_cpu_seconds_total", "Seconds of CPU that the process used.", u.cpu.Seconds()},
		{gauge, "process_resident_memory_bytes", "Memory that the process has.", float64(u.resident)},
		{gauge, "process_virtual_memory_bytes", "Addresses that the process has.", float64(u.virtual)},
		{gauge, "process_open_fds", "Files and connections that are open.", float64(u.openFiles)},
		{gauge, "process_max_fds", "Files and connections that may be open.", float64(u.mostFiles)},
	} {
		if m.value >= 0 {
			w.single(m.kind, m.name, m.help, m.value)
		}
	}
}
