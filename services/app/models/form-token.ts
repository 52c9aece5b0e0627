/** A form's one-time token was used before, by another author or for something else. */
export class TokenUsed extends Error {
  override readonly name = "TokenUsed";

  constructor() {
    super("This form's token was used before, for something else.");
  }
}
