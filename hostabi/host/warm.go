package host

// Warm brings instances into use until there are n, or as many as there may be: a plugin that takes over from another one
// can then do as much at once. It waits for them. Plugins with an instance per exchange have none to bring.
func (p *Plugin) Warm(n int) {
	if p.grants.PerRequest {
		return
	}
	for open := p.open.Load(); int(open) < n; {
		p.grow()
		now := p.open.Load()
		if now == open {
			return // there are as many as there may be, or it can't be started, which was logged
		}
		open = now
	}
}
