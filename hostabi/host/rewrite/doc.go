// Package rewrite turns a plugin's WebAssembly module into one that can be metered, snapshotted and, if it comes from
// Go, runs faster.
//
// # Fuel
//
// A metered module imports sluice1.tick, of type () -> (), and exports the mutable i64 global sluice_fuel, which is 0
// in a new instance. Code takes the weight of what it is about to execute from the global and calls tick when that makes
// it negative. Tick runs on the host: it adds a slice to the global or, when the budget is used up, panics. It is the
// place to look at a deadline, and it lets Go's scheduler in. If the fuel is still negative then, the next check calls
// it again. What was used is what was added less what the global holds. About ten units are a nanosecond, so a slice of
// 200,000 lasts some 20 µs.
//
// An instruction weighs about as much as the machine instructions it becomes; the tables in opcode.go say how much. A
// call to an import weighs 200, and instructions on ranges of memory or tables take one more for every two bytes when they
// are executed. Every function that calls or loops checks on its way in, every loop at its header, and every instruction
// on ranges before it starts, so no execution gets far without a check. Untaken paths of less than 24 are paid as if
// they were taken. Small functions that neither call nor loop are paid by the weight of the calls to them, unless they
// are exported.
//
// # Jumps of Go
//
// Go has one loop in each function, with a branch table in front of its basic blocks, and jumps by setting a number and
// going back to the table. A jump that leads forward in the text becomes a branch to its block. See dispatch.go for the
// shape and its conditions, and dispatch_fuel.go for how such functions are metered.
//
// # What is refused
//
// Everything that the tables don't list, whatever the compiler knows by then: what isn't known can't be metered. Counts
// that would make a small module large in memory are refused too, see limits.go, and tables can't grow above a limit.
package rewrite
