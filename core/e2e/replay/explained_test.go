package replay

// explained are the exchanges that do not pass, with the reason. One that passes after all fails the test, so that the
// list stays true.
var explained = map[string]string{}
