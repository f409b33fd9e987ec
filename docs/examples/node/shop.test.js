import assert from "node:assert";
import { test } from "node:test";

import { price } from "./shop.js";

test("the tenth piece is free", () => {
  assert.equal(price(10, 5), price(9, 5));
});
