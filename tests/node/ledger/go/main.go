// Checks a signed checkpoint and proofs from it with the code that checks Go's own checksum
// database. Reads one JSON object, or with a key and a path a log's folder; exits with 0 if all of it holds, says what does not otherwise.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type claim struct {
	Key         string      `json:"key"`         // vkey
	Note        string      `json:"note"`        // signed checkpoint
	Leaf        []byte      `json:"leaf"`        // an event's bytes
	Index       int64       `json:"index"`       // its place
	Inclusion   []tlog.Hash `json:"inclusion"`   // that it is in the tree
	Old         int64       `json:"old"`         // size of an earlier tree
	OldRoot     tlog.Hash   `json:"oldRoot"`     // and its root
	Consistency []tlog.Hash `json:"consistency"` // that the tree begins with it
}

func main() {
	log.SetFlags(0)
	if len(os.Args) == 3 {
		readFolder(os.Args[1], os.Args[2])
		return
	}
	var said claim
	if err := json.NewDecoder(os.Stdin).Decode(&said); err != nil {
		log.Fatal("input: ", err)
	}
	verifier, err := note.NewVerifier(said.Key)
	if err != nil {
		log.Fatal("key: ", err)
	}
	signed, err := note.Open([]byte(said.Note), note.VerifierList(verifier))
	if err != nil {
		log.Fatal("note: ", err)
	}
	size, root := head(signed)
	if err := tlog.CheckRecord(said.Inclusion, size, root, said.Index, tlog.RecordHash(said.Leaf)); err != nil {
		log.Fatal("inclusion: ", err)
	}
	if err := tlog.CheckTree(said.Consistency, size, root, said.Old, said.OldRoot); err != nil {
		log.Fatal("consistency: ", err)
	}
}

// head is the size and the root that a checkpoint names.
func head(signed *note.Note) (int64, tlog.Hash) {
	lines := strings.Split(signed.Text, "\n")
	var size int64
	if _, err := fmt.Sscanf(lines[1], "%d", &size); err != nil {
		log.Fatal("size: ", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		log.Fatal("root: ", err)
	}
	return size, root
}
