package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ShopTest {
    @Test
    void theTenthIsFree() {
        assertEquals(Shop.price(9, 5), Shop.price(10, 5));
    }
}
