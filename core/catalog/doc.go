// Package catalog knows what models cost, how large their context is and how many tokens a text has.
//
// The prices are bundled (prices.json.gz, see THIRD_PARTY.md) and decoded at the first Lookup; the vocabularies are built
// at the first count. Neither costs anything at start-up.
package catalog
