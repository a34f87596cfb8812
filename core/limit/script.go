package limit

import (
	_ "embed"

	"github.com/redis/rueidis"
)

// The scripts are what makes several instances count as one: Redis runs each as a whole.
var (
	//go:embed lua/reserve.lua
	reserveText string
	//go:embed lua/settle.lua
	settleText string
	//go:embed lua/renew.lua
	renewText string
	//go:embed lua/forget.lua
	forgetText string

	reserveScript = rueidis.NewLuaScript(reserveText)
	settleScript  = rueidis.NewLuaScript(settleText)
	renewScript   = rueidis.NewLuaScript(renewText)
	forgetScript  = rueidis.NewLuaScript(forgetText)
)

// What the reserve script answers first.
const (
	taking = iota
	refusing
	asking // what was spent has to be read from the store
)
