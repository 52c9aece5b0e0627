/** A form as it stands: what was entered, and the message beside each field that needs one. */
export interface Form<Field extends string> {
  readonly values: Readonly<Record<Field, string>>;
  readonly errors: Readonly<Partial<Record<Field, string>>>;
}

/** Leaves out the fields that nothing is wrong with. */
export function errorsOf<Field extends string>(
  complaints: Readonly<Record<Field, string | undefined>>,
): Form<Field>["errors"] {
  const found = Object.entries(complaints).filter(([, complaint]) => complaint !== undefined);
  return Object.fromEntries(found) as Form<Field>["errors"];
}

export function isValid(form: Form<string>): boolean {
  return Object.keys(form.errors).length === 0;
}
