/** Return the price of several pieces; every tenth is free. */
export function price(pieces, each) {
  return (pieces - Math.floor(pieces / 10)) * each;
}
