package core

// Account is what the store says about a credential. It is made once, shared by requests, and never changed: another
// one takes its place when anything in it does.
type Account struct {
	Key          *Key
	Team         *Team   // nil: the key belongs to none
	Member       *Member // the key's user in the team
	User         *User
	Organization *Organization
	Role         string
	// Payers are all whose limits hold and who pay, in the order of the checks.
	Payers []Payer
	// Bounds is package limit's view of the payers.
	Bounds any
	// Administers lists the organizations whose administrator the user is.
	Administers []string
	// Closed are the endpoints that the key's allowed_routes leave out.
	Closed [Moderations + 1]bool
}
