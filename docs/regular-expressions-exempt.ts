/** The expressions that may take longer than linear time, each with the reason why that is harmless. */
export const EXEMPT: ReadonlyMap<string, string> = new Map([
  [
    String.raw`/^ {4}at (?:.* \()?((?:file:\/\/)?\/(?!.*\/node_modules\/).*?):(\d+):\d+\)?$/gm`,
    "The stack of an error at the start of the operator's own application; no request reaches it.",
  ],
  [
    String.raw`/([\w-]+)=(?:"((?:\\.|[^"\\])*)"|([^;,"\s]*))/g`,
    "Forwarded of a trusted proxy, and longer values than 2,048 characters are not read: 2 ms.",
  ],
  [
    'new RegExp(MEMBER_PATTERN, "y")',
    "CDN-Cache-Control of the application; longer values than 1,024 characters are not read.",
  ],
  [
    String.raw`/^(https?):\/\/([^/?]*)(.*)$/i`,
    "Slow only for a text with a line feed, which no request target contains.",
  ],
]);
