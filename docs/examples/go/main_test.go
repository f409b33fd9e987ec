package main

import "testing"

func TestTheTenthIsFree(t *testing.T) {
	if Price(10, 5) != Price(9, 5) {
		t.Fatal("ten pieces cost more than nine")
	}
}
