import { withoutBlanks } from "./fields.ts";

/** RFC 9110, section 12.4.2: a weight has at most three decimals. */
const ELEMENT = /^([\w!#$%&'*+.^`|~-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

/**
 * The elements of a list with weights, such as Accept-Encoding: each value in lower case with its
 * weight from 0 to 1. A malformed element stands as it is, and its weight is NaN.
 */
export function weightedList(field: string): [value: string, weight: number][] {
  const list: [string, number][] = [];
  for (const element of field.toLowerCase().split(",")) {
    const text = withoutBlanks(element);
    const match = ELEMENT.exec(text);
    if (match !== null) list.push([match[1] ?? "", Number(match[2] ?? 1)]);
    else if (text !== "") list.push([text, Number.NaN]);
  }
  return list;
}
