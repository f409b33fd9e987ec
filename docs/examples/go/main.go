// Command shop prints what ten pieces cost.
package main

import "fmt"

// Price returns the price of several pieces; every tenth is free.
func Price(pieces, each int) int {
	return (pieces - pieces/10) * each
}

func main() {
	fmt.Println(Price(10, 5))
}
