/** A breach of a rule. The key is the place in the service where the setting is or is missing. */
export interface Finding {
  readonly rule: string;
  readonly service: string;
  readonly key: string;
  readonly message: string;
}
