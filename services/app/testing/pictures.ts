/** The smallest PNG, of one transparent pixel. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

/** A file as a form sends it. */
export const file = (content: Buffer, type = "image/png", name = "picture.png"): File =>
  new File([new Uint8Array(content)], name, { type });
