/**
 * A subject refused what had to be refused, with the application none the wiser, but with another
 * status than the contract says. A subject may owe that where anything worse is never excused.
 */
export class OtherAnswer extends Error {
  override readonly name = "OtherAnswer";
}
