// Package ledger keeps the account of what calls cost: it writes each to a durable spool as it ends, and settles the spool
// with the store in batches. Neither a crash nor a store that is away loses or doubles one.
package ledger
