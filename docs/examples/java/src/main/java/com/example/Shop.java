package com.example;

/** What a shop sells. */
public final class Shop {
    private Shop() {
    }

    /** Return the price of several pieces; every tenth is free. */
    public static int price(int pieces, int each) {
        return (pieces - pieces / 10) * each;
    }
}
