package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// folder is a log in tlog-tiles layout. Go's own paths hold the height of a tile and call entries
// "data"; otherwise they are the same.
type folder string

func (f folder) read(tile tlog.Tile) ([]byte, error) {
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	path = strings.Replace(path, "tile/8/", "tile/", 1)
	return os.ReadFile(filepath.Join(string(f), path))
}

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		data, err := f.read(tile)
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

// readFolder follows the signed checkpoint down to every entry, and prints how many there are.
func readFolder(key, path string) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		log.Fatal("key: ", err)
	}
	raw, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	if err != nil {
		log.Fatal("checkpoint: ", err)
	}
	signed, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		log.Fatal("note: ", err)
	}
	size, root := head(signed)
	source := folder(path)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, source)
	for start := int64(0); start < size; start += 256 {
		tile := tlog.Tile{H: 8, L: -1, N: start / 256, W: int(min(256, size-start))}
		bundle, err := source.read(tile)
		if err != nil {
			log.Fatal("entries: ", err)
		}
		for place := start; place < start+int64(tile.W); place++ {
			length := int(binary.BigEndian.Uint16(bundle))
			entry := bundle[2 : 2+length]
			bundle = bundle[2+length:]
			hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, place)})
			if err != nil {
				log.Fatal("tiles: ", err)
			}
			if hashes[0] != tlog.RecordHash(entry) {
				log.Fatalf("entry %d is not the one in the tree", place)
			}
		}
	}
	fmt.Println(size)
}
